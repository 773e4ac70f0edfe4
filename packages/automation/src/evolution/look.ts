// What a look at a running program has before it: the program, the counts of its phase, the time. Pure.
import type {
  Evolution,
  EvolutionHoldback,
  EvolutionLife,
  EvolutionTrial,
  JsonObject,
} from '@org/contract/model';
import type { ControllerChange, ControllerCommit, Subject } from '../controller.ts';
import { noCounts, type ArmCounts } from './evidence.ts';
import { patchesOf } from './generation.ts';
import { standingOf, type Standing } from './genomes.ts';
import { commitOf, controllerName, documentChange, entryOf } from './life.ts';
import type { EvolutionObservations, LiveConfig, PhaseCounts } from './observations.ts';
import { controlArm, evolutionOverlayKey, overlayChange, trialOverlay } from './overlays.ts';
import { settingsOf, type EvolutionSettings } from './settings.ts';

const toldMax = 100;

export interface Look {
  readonly subject: Subject<Evolution>;
  readonly program: Evolution;
  readonly life: EvolutionLife;
  readonly settings: EvolutionSettings;
  readonly config: LiveConfig;
  readonly observations: EvolutionObservations;
  readonly nowMs: number;
  readonly isMoreBetter: boolean;
  /** Read when it is needed: most looks do not. */
  standing(): Standing;
}

/** Everything a running program's look needs; undefined when its config is gone. */
export function lookAt(
  subject: Subject<Evolution>,
  observations: EvolutionObservations,
  nowMs: number,
): Look | undefined {
  const { spec: program } = subject;
  const { config } = observations;
  if (program.life === undefined || config === undefined) return undefined;
  let standing: Standing | undefined;
  return {
    ...{ subject, program, life: program.life, settings: settingsOf(program), config, observations, nowMs },
    isMoreBetter: program.objective.direction !== 'decrease',
    standing: () => (standing ??= standingOf(program, config)),
  };
}

/** How a look goes on. */
export interface Decision {
  readonly action: string;
  readonly reasons: readonly string[];
  readonly life: EvolutionLife;
  readonly evidence?: JsonObject;
  /** Beside the program's own document and the trial's overlay. */
  readonly changes?: readonly ControllerChange[];
  readonly isUrgent?: boolean;
}

/** The one commit of a decision: the program, the overlay of its trial, and what else changes, all or nothing. */
export function commitDecision({ subject, nowMs, ...look }: Look, decision: Decision): ControllerCommit {
  const { action, reasons, evidence, changes = [], isUrgent } = decision;
  const note = { by: controllerName, atMs: nowMs, reasons };
  const life = { ...shortened(decision.life), last: entryOf(action, note, evidence) };
  const number = life.trial?.number ?? subject.spec.life?.trial?.number ?? 0;
  return commitOf(
    `${action}:${number}`,
    [documentChange(subject, life), ...trialChanges(look, subject, life), ...changes],
    reasons,
    isUrgent,
  );
}

/** Old candidates keep their genes and their fate; how they were made is said of the newest and of what was accepted. */
const shortened = (life: EvolutionLife): EvolutionLife => ({
  ...life,
  tried: life.tried.map((each, index) =>
    index >= life.tried.length - toldMax || each.words.length === 0 || life.accepted.includes(each.id)
      ? each
      : { ...each, words: [] },
  ),
});

/** The overlay follows from the trial. */
function trialChanges(
  { standing, program }: Pick<Look, 'standing' | 'program'>,
  { key, spec }: Subject<Evolution>,
  life: EvolutionLife,
): readonly ControllerChange[] {
  const overlayKey = evolutionOverlayKey(key);
  if (life.trial === undefined)
    return spec.life?.trial === undefined ? [] : [overlayChange(overlayKey, undefined)];
  if (life.trial === spec.life?.trial) return [];
  const ids = life.trial.arms.map(({ candidate }) => candidate);
  const patches = patchesOf(life, standing(), ids);
  return [overlayChange(overlayKey, trialOverlay(key, program, life.trial, patches))];
}

/** Counts of the running phase; none when they are of another one. */
export const countsOf = (
  counts: PhaseCounts,
  { number }: Pick<EvolutionTrial | EvolutionHoldback, 'number'>,
  arm: string,
): ArmCounts => (counts.number === number ? (counts.arms[arm] ?? noCounts) : noCounts);

/** How long the phase has been running. */
export const elapsedMs = ({ since }: { readonly since: string }, nowMs: number): number =>
  nowMs - Date.parse(since);

/** The next phase of a trial. */
export function nextTrial(
  { nowMs, config }: Pick<Look, 'nowMs' | 'config'>,
  life: EvolutionLife,
  phase: EvolutionTrial['phase'],
  arms: EvolutionTrial['arms'],
  control: number,
): EvolutionTrial {
  const at = new Date(nowMs).toISOString();
  return {
    number: life.phases + 1,
    phase,
    since: at,
    configRevision: config.revision,
    arms,
    control,
    allocatedAt: at,
  };
}

/** Units without a candidate. */
export const controlCounts = (counts: PhaseCounts, trial: EvolutionTrial): ArmCounts =>
  countsOf(counts, trial, controlArm);
