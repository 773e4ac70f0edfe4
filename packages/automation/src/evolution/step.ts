// The controller of evolution: from a program's life and what was counted to the one commit that is due. Everything it knows lies in
// the program's document, so that a core that takes over goes on where the other was. Pure.
import type { Evolution, EvolutionHoldback, EvolutionLife } from '@org/contract/model';
import { evolutionLimits, type EngineEvent } from '@org/evolution';
import type { ControllerCommit, Subject } from '../controller.ts';
import { confirmationStep, holdbackStep, withoutWaiting } from './confirmation.ts';
import { propose } from './generation.ts';
import { commitOf, controllerName, stopChanges, withoutTrial, withTried } from './life.ts';
import { commitDecision, lookAt, nextTrial, type Decision, type Look } from './look.ts';
import { lostIn } from './losses.ts';
import type { EvolutionObservations } from './observations.ts';
import { holdbackOverlayKey, overlayChange } from './overlays.ts';
import { canaryStep, harmful, percent, screeningStep, shadowStep, type Running } from './phases.ts';
import { isOpen } from './settings.ts';

/** What a look came to. */
export interface EvolutionStep {
  /** At most one. */
  readonly commits: readonly ControllerCommit[];
  /** What the engine logged, for whoever keeps logs. */
  readonly events: readonly EngineEvent[];
}

/** Documents are bounded; what is tried takes most of a program's. */
const triedCharsMax = 180_000;

const nothing: EvolutionStep = { commits: [], events: [] };

/** Looks once. A commit names the revision of the program that it follows from: no step is taken twice. */
export function stepEvolution(
  subject: Subject<Evolution>,
  observations: EvolutionObservations,
  nowMs: number,
): EvolutionStep {
  const { spec: program } = subject;
  if (program.life?.state !== 'running') return nothing;
  const look = lookAt(subject, observations, nowMs);
  const stop = stopBecause(look, program, observations);
  if (stop !== undefined) return { commits: stopped(subject, stop, nowMs), events: [] };
  const events: EngineEvent[] = [];
  const decision = decide(look!, events);
  return { commits: decision === undefined ? [] : [commitDecision(look!, decision)], events };
}

function stopped(subject: Subject<Evolution>, reason: string, nowMs: number): readonly ControllerCommit[] {
  const changes = stopChanges(subject, { by: controllerName, atMs: nowMs, reasons: [reason] });
  return changes === undefined ? [] : [commitOf('stop', changes, [reason], true)];
}

/** Why the program ends here. */
function stopBecause(
  look: Look | undefined,
  { budget, config }: Evolution,
  observations: EvolutionObservations,
): string | undefined {
  if (observations.isStopped) return 'Evolution is stopped everywhere.';
  if (look === undefined) return `There is no configuration "${config}" any more.`;
  const { life } = look;
  const lost = life.lostConversions + (life.trial === undefined ? 0 : lostIn(look, life.trial));
  if (budget.lostConversions !== undefined && lost >= budget.lostConversions)
    return `Trials have cost ${Math.round(lost)} conversions; ${budget.lostConversions} were allowed.`;
  if (life.trial !== undefined || life.holdback !== undefined) return undefined;
  if (life.generation >= (budget.generations ?? Infinity)) return 'All generations have been tried.';
  const isFull =
    life.tried.length >= evolutionLimits.triedMax || JSON.stringify(life.tried).length > triedCharsMax;
  return isFull ? 'As many candidates as can be remembered were tried.' : undefined;
}

function decide(look: Look, events: EngineEvent[]): Decision | undefined {
  const { life, config, observations } = look;
  const { trial, holdback } = life;
  if (holdback !== undefined && holdback.configRevision !== config.revision)
    return isOwnCommit(look) ? adopted(look, holdback) : overtaken(look);
  const isRefused = observations.refusals.some(({ step }) => step === `commit:${trial?.number}`);
  if (trial !== undefined && (isRefused || trial.configRevision !== config.revision))
    return abandoned(look, isRefused);
  const after = holdbackStep(look);
  if (after !== undefined) return after;
  if (trial === undefined) return begin(look, events);
  const running: Running = { ...look, trial };
  return withoutHarmful(running) ?? phases[trial.phase](running);
}

const phases: Readonly<Record<Running['trial']['phase'], (look: Running) => Decision | undefined>> = {
  shadow: shadowStep,
  canary: canaryStep,
  screening: screeningStep,
  confirmation: confirmationStep,
};

/** The commit that began the holdback changed both documents: it is the newest change of both. */
const isOwnCommit = ({ life, subject, config }: Look): boolean =>
  life.last.action === 'commit' && config.revision === subject.revision;

/** Only now the revision of the committed version is known; from here on any other is somebody's edit. */
const adopted = ({ life, config }: Look, holdback: EvolutionHoldback): Decision => ({
  action: 'hold_back',
  reasons: [`${percent(holdback.share)} of the units stay with the version before, to compare.`],
  life: { ...life, holdback: { ...holdback, configRevision: config.revision } },
});

/** Somebody has edited the config while a trial or a holdback was running: their edit wins. */
function abandoned({ life }: Look, isRefused: boolean): Decision {
  const why = isRefused ? 'The commit was refused' : 'The configuration was changed by somebody';
  return {
    action: 'abandon',
    reasons: [`${why}: the trial ends, and the next one begins from what is live.`],
    life: withoutTrial(life, 'abandoned'),
  };
}

function overtaken(look: Look): Decision {
  const { holdback: _, ...rest } = look.life;
  const ended = withoutTrial(rest, 'abandoned');
  return {
    action: 'end_holdback',
    reasons: ['The configuration was changed by somebody: there is nothing to go back to.'],
    life: ended,
    changes: [overlayChange(holdbackOverlayKey(look.subject.key), undefined)],
  };
}

/** Takes candidates that do harm away from everybody; the others go on. */
function withoutHarmful(look: Running): Decision | undefined {
  const found = harmful(look);
  if (found.size === 0) return undefined;
  const { trial, life } = look;
  const arms = trial.arms.filter(({ candidate }) => !found.has(candidate));
  const judgedLife = withTried(life, (each) => (found.has(each.id) ? { ...each, fate: 'harmful' } : each));
  const freed =
    trial.arms.reduce((sum, { share }) => sum + share, 0) - arms.reduce((sum, { share }) => sum + share, 0);
  const reasons = [...found].map(([id, why]) => `${id}: ${why}`);
  if (arms.length === 0) {
    const isConfirmation = trial.phase === 'confirmation';
    const candidate = trial.arms[0]!.candidate;
    const ended: EvolutionLife = {
      ...withoutTrial(judgedLife, 'harmful'),
      lostConversions: life.lostConversions + lostIn(look, trial),
      confirmations: isConfirmation
        ? [...life.confirmations, { candidate, level: trial.level ?? 0, p: 1 }]
        : life.confirmations,
    };
    return { action: 'withdraw', reasons, life: withoutWaiting(ended, candidate), isUrgent: true };
  }
  // Counts begin anew: shares of a phase never change while its evidence is gathered.
  const next = { ...nextTrial(look, life, trial.phase, arms, trial.control + freed), since: trial.since };
  return {
    ...{ action: 'withdraw', reasons, isUrgent: true },
    life: {
      ...judgedLife,
      phases: next.number,
      trial: next,
      lostConversions: life.lostConversions + lostIn(look, trial),
    },
  };
}

/** Begins a round: approved candidates first, then new ones. */
function begin(look: Look, events: EngineEvent[]): Decision | undefined {
  const { program, life, settings, config, nowMs } = look;
  if (!isOpen(program, nowMs) || life.generation >= (program.budget.generations ?? Infinity))
    return undefined;
  const approved = (life.approved ?? []).map(({ candidate }) => candidate);
  const known = new Set(approved.slice(0, settings.candidates));
  const made = propose(program, look.standing(), config, settings.candidates - known.size, (event) =>
    events.push(event),
  );
  const ids = [...known, ...made.trying.map(({ id }) => id)];
  const generation = life.generation + 1;
  const waiting = [
    ...(life.waiting ?? []).filter((id) => !known.has(id)),
    ...made.waiting.map(({ id }) => id),
  ];
  const tried = [
    ...life.tried.map((each) => (known.has(each.id) ? { ...each, fate: 'trying' as const } : each)),
    ...made.trying,
    ...made.waiting,
  ];
  const next: EvolutionLife = {
    ...{ ...life, generation, tried },
    ...(waiting.length > 0 || life.waiting !== undefined ? { waiting } : {}),
    ...(life.approved === undefined
      ? {}
      : { approved: life.approved.filter(({ candidate }) => !known.has(candidate)) }),
  };
  if (ids.length === 0) {
    const reasons = [`No candidate was found; ${made.waiting.length} wait for an approval.`];
    return { action: `generation ${generation}`, reasons, life: next };
  }
  // The holdback's units have another overlay already.
  const share = (1 - 2 * settings.holdbackShare) / ids.length;
  const arms = ids.map((candidate) => ({ candidate, share }));
  const trial = nextTrial(look, life, 'shadow', arms, 0);
  const reasons = [...made.trying].flatMap(({ id, words }) => words.map((each) => `${id}: ${each}`));
  return { action: `generation ${generation}`, reasons, life: { ...next, phases: trial.number, trial } };
}
