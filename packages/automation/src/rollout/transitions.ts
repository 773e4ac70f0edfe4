// What each step of a rollout makes of its document, its overlay and, at the end, its flag. Pure: who may take a step and when,
// others decide; here a step that the state does not allow is none.
import type { JsonObject, Rollout, RolloutAction, RolloutEntry, RolloutLife } from '@org/contract/model';
import type { ControllerChange } from '../controller.ts';
import { rolloutOverlay, rolloutOverlayKey, rolloutRanges } from './overlay.ts';
import { plannedStages } from './stages.ts';

/** A rollout as it stands. */
export interface StandingRollout {
  readonly key: string;
  readonly revision: number;
  readonly rollout: Rollout;
}

/** Who takes a step, when and why. */
export interface StepNote {
  readonly by: string;
  readonly atMs: number;
  readonly reasons: readonly string[];
  readonly evidence?: JsonObject | undefined;
}

/** The flag or config as a finished rollout leaves it, and the revision it follows from. */
export interface ShippedTarget {
  readonly document: JsonObject;
  readonly revision: number;
}

/** States in which units are exposed. */
export const isExposing = ({ life }: Rollout): boolean =>
  life?.state === 'running' || life?.state === 'paused';

/** Begins with the first stage; undefined unless it is a draft or was rolled back. */
export function startRollout(
  standing: StandingRollout,
  note: StepNote,
): readonly ControllerChange[] | undefined {
  const { rollout } = standing;
  const [first] = plannedStages(rollout);
  const state = rollout.life?.state ?? 'draft';
  if (first === undefined || (state !== 'draft' && state !== 'rolled_back')) return undefined;
  const at = new Date(note.atMs).toISOString();
  return exposing(standing, {
    state: 'running',
    attempt: (rollout.life?.attempt ?? 0) + 1,
    stage: 0,
    percentage: first.percentage,
    ranges: rolloutRanges(first.buckets),
    startedAt: at,
    startedBy: note.by,
    stageStartedAt: at,
    ...(first.needsApproval ? { approvals: [{ stage: 0, by: note.by, at }] } : {}),
    last: entryOf('start', note),
  });
}

/** To the next stage; undefined when there is none, or it does not run. */
export function progressRollout(
  standing: StandingRollout,
  note: StepNote,
): readonly ControllerChange[] | undefined {
  const { rollout } = standing;
  const { life } = rollout;
  if (life?.state !== 'running') return undefined;
  const next = plannedStages(rollout)[life.stage + 1];
  if (next === undefined) return undefined;
  return exposing(standing, {
    ...life,
    stage: life.stage + 1,
    percentage: next.percentage,
    ranges: rolloutRanges(next.buckets),
    stageStartedAt: new Date(note.atMs).toISOString(),
    last: entryOf('progress', note),
  });
}

/** Ends it after its last stage: everybody has the variant. */
export function completeRollout(
  standing: StandingRollout,
  target: ShippedTarget | undefined,
  note: StepNote,
): readonly ControllerChange[] | undefined {
  const { rollout, key } = standing;
  const { life, eligibility } = rollout;
  if (life?.state !== 'running' || life.stage + 1 < plannedStages(rollout).length) return undefined;
  const done = { ...life, ...ended('completed', note), last: entryOf('complete', note) };
  const completion = rollout.completion ?? (eligibility === undefined ? 'ship' : 'keep');
  if (completion === 'keep' || life.percentage < 100) return exposing(standing, done);
  if (target === undefined) return undefined;
  return [
    documentChange(standing, done),
    removedOverlay(key),
    {
      kind: rollout.target.kind,
      key: rollout.target.key,
      document: target.document,
      expectedDocumentRevision: target.revision,
    },
  ];
}

/** Takes the variant away from everybody it was given to; undefined when nobody is exposed. */
export const rollBack = (standing: StandingRollout, note: StepNote) =>
  withdrawn(standing, 'rolled_back', 'roll_back', note);

/** The same, for good: it cannot be started again. */
export const abortRollout = (standing: StandingRollout, note: StepNote) =>
  withdrawn(standing, 'aborted', 'abort', note);

/** Stays at its stage until it is resumed; goes on being watched. */
export const pauseRollout = (standing: StandingRollout, note: StepNote) =>
  moved(standing, 'running', 'paused', 'pause', note);

/** Goes on at its stage. */
export const resumeRollout = (standing: StandingRollout, note: StepNote) =>
  moved(standing, 'paused', 'running', 'resume', note);

/** Lets a later stage begin. */
export function approveStage(
  standing: StandingRollout,
  stage: number,
  note: StepNote,
): readonly ControllerChange[] | undefined {
  const { life } = standing.rollout;
  if (life === undefined || !isExposing(standing.rollout)) return undefined;
  if (stage <= life.stage || stage >= plannedStages(standing.rollout).length) return undefined;
  const approval = { stage, by: note.by, at: new Date(note.atMs).toISOString() };
  const others = (life.approvals ?? []).filter((each) => each.stage !== stage);
  return [
    documentChange(standing, { ...life, approvals: [...others, approval], last: entryOf('approve', note) }),
  ];
}

/** Whether the stage may begin as far as approvals go. */
export const isApproved = ({ life }: Rollout, stage: number): boolean =>
  life?.approvals?.some((each) => each.stage === stage) === true;

function moved(
  standing: StandingRollout,
  from: RolloutLife['state'],
  to: RolloutLife['state'],
  action: RolloutAction,
  note: StepNote,
): readonly ControllerChange[] | undefined {
  const { life } = standing.rollout;
  if (life?.state !== from) return undefined;
  return [documentChange(standing, { ...life, state: to, last: entryOf(action, note) })];
}

function withdrawn(
  standing: StandingRollout,
  state: 'rolled_back' | 'aborted',
  action: RolloutAction,
  note: StepNote,
): readonly ControllerChange[] | undefined {
  const { life } = standing.rollout;
  if (life === undefined || !isExposing(standing.rollout)) return undefined;
  const gone = { ...life, ...ended(state, note), percentage: 0, ranges: [], last: entryOf(action, note) };
  return [documentChange(standing, gone), removedOverlay(standing.key)];
}

const ended = (state: RolloutLife['state'], { atMs }: StepNote) => ({
  state,
  endedAt: new Date(atMs).toISOString(),
});

const entryOf = (action: RolloutAction, { by, atMs, reasons, evidence }: StepNote): RolloutEntry => ({
  at: new Date(atMs).toISOString(),
  by,
  action,
  reasons,
  ...(evidence === undefined ? {} : { evidence }),
});

/** Document and overlay together, so that neither can be live without the other. */
function exposing(standing: StandingRollout, life: RolloutLife): readonly ControllerChange[] {
  const { key, rollout } = standing;
  const buckets = life.ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const document = rolloutOverlay(key, rollout, buckets) as unknown as JsonObject;
  return [documentChange(standing, life), { kind: 'overlay', key: rolloutOverlayKey(key), document }];
}

const documentChange = (
  { key, revision, rollout }: StandingRollout,
  life: RolloutLife,
): ControllerChange => ({
  kind: 'rollout',
  key,
  document: { ...rollout, life } as unknown as JsonObject,
  expectedDocumentRevision: revision,
});

const removedOverlay = (key: string): ControllerChange => ({
  kind: 'overlay',
  key: rolloutOverlayKey(key),
  document: null,
});
