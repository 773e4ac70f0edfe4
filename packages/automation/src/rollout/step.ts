// The controller of rollouts: from what is known to the one commit that is due, with its evidence. Pure: the runner feeds it
// under its lease, the simulator with histories.
import type { JsonObject, Rollout } from '@org/contract/model';
import type { ControllerChange, ControllerCommit, Subject } from '../controller.ts';
import { judgeRules, type RuleHealth } from './health.ts';
import { plannedStages } from './stages.ts';
import { lookGapMsMax, statusFor, watch, type RolloutObservations, type RolloutStatus } from './status.ts';
import {
  completeRollout,
  isApproved,
  isExposing,
  pauseRollout,
  progressRollout,
  rollBack,
  type StandingRollout,
  type StepNote,
} from './transitions.ts';
import { closedBecause } from './windows.ts';

/** What a look came to. */
export interface RolloutStep {
  /** To be kept before the commits are made. */
  readonly status: RolloutStatus;
  /** At most one. */
  readonly commits: readonly ControllerCommit[];
  readonly health: readonly RuleHealth[];
  /** Why the next stage does not begin; empty when nothing keeps it, or nothing runs. */
  readonly waiting: readonly string[];
}

const author = 'controller:rollout';

/** Looks once. Takes no step twice: a commit names the revision of the document that it follows from. */
export function stepRollout(
  subject: Subject<Rollout>,
  known: RolloutStatus | undefined,
  observations: RolloutObservations,
  nowMs: number,
  gapMsMax = lookGapMsMax,
): RolloutStep {
  const { spec: rollout } = subject;
  const before = statusFor(subject, known, nowMs);
  if (!isExposing(rollout)) return { status: before, commits: [], health: [], waiting: [] };
  const status = watch(rollout, before, observations, nowMs, gapMsMax);
  const health = judgeRules(rollout, status, observations, nowMs);
  const look: Look = { subject, status, observations, health, nowMs };
  const harm = [...observations.alarms, ...reasonsOf(health, 'broken', 'roll_back')];
  if (harm.length > 0) return { status, health, waiting: [], commits: withdraw(look, harm) };
  if (rollout.life?.state !== 'running') return { status, health, waiting: ['It is paused.'], commits: [] };
  const waiting = waitingFor(look);
  return { status, health, waiting, commits: waiting.length > 0 ? [] : goOn(look) };
}

interface Look {
  readonly subject: Subject<Rollout>;
  readonly status: RolloutStatus;
  readonly observations: RolloutObservations;
  readonly health: readonly RuleHealth[];
  readonly nowMs: number;
}

const reasonsOf = (
  health: readonly RuleHealth[],
  verdict: RuleHealth['verdict'],
  action?: RuleHealth['action'],
): readonly string[] =>
  health
    .filter((each) => each.verdict === verdict && (action === undefined || each.action === action))
    .map(({ id, text }) => `${id}: ${text}`);

function waitingFor({ subject, status, observations, health, nowMs }: Look): readonly string[] {
  const { spec: rollout } = subject;
  const stages = plannedStages(rollout);
  const stage = stages[status.stage];
  if (stage === undefined) return ['There is no such stage.'];
  const next = status.stage + 1;
  const reasons = [
    ...observations.faults,
    ...(observations.metrics?.faults ?? []),
    ...reasonsOf(health, 'broken', 'hold'),
    ...reasonsOf(health, 'unknown'),
  ];
  if (observations.metrics?.sampleRatioMismatch === true)
    reasons.push('The groups have not the sizes they should have (sample ratio mismatch).');
  const leftMs = stage.minimumMs - status.watchedMs;
  if (leftMs > 0) reasons.push(`It is watched for another ${Math.ceil(leftMs / 60_000)} min.`);
  if (status.sample < stage.minimumSample)
    reasons.push(`${status.sample} of ${stage.minimumSample} calls with the variant were seen.`);
  if (stages[next]?.needsApproval === true && !isApproved(rollout, next))
    reasons.push(`Stage ${next + 1} (${stages[next].percentage} %) waits for an approval.`);
  const closed = closedBecause(rollout, nowMs);
  return closed === undefined ? reasons : [...reasons, closed];
}

/** The evidence, as it is kept in the document. */
export function evidenceOf(status: RolloutStatus, health: readonly RuleHealth[]): JsonObject {
  return {
    stage: status.stage,
    watchedMinutes: Math.round(status.watchedMs / 6_000) / 10,
    calls: status.sample,
    rules: health.map(({ id, type, verdict, text, numbers }) => ({ id, type, verdict, text, numbers })),
  };
}

const standingOf = ({ key, revision, spec }: Subject<Rollout>): StandingRollout => ({
  key,
  revision,
  rollout: spec,
});

const noteOf = ({ status, health, nowMs }: Look, reasons: readonly string[]): StepNote => ({
  by: author,
  atMs: nowMs,
  reasons,
  evidence: evidenceOf(status, health),
});

function withdraw(look: Look, reasons: readonly string[]): readonly ControllerCommit[] {
  const changes = rollBack(standingOf(look.subject), noteOf(look, reasons));
  return commitOf('roll_back', changes, `Rolled back: ${reasons[0] ?? ''}`, true);
}

function goOn(look: Look): readonly ControllerCommit[] {
  const { subject, status, observations, health } = look;
  const standing = standingOf(subject);
  const refused = observations.refusals.find(({ step }) => step === 'progress' || step === 'complete');
  if (refused !== undefined) {
    const reasons = [`The next step was refused: ${refused.message}`];
    return commitOf(
      'pause',
      pauseRollout(standing, noteOf(look, reasons)),
      'Paused: the next step was refused.',
    );
  }
  const kept = health.length === 0 ? ['Nothing speaks against it.'] : reasonsOf(health, 'kept');
  const note = noteOf(look, kept);
  const next = plannedStages(subject.spec)[status.stage + 1];
  if (next !== undefined)
    return commitOf('progress', progressRollout(standing, note), `To ${next.percentage} %.`);
  return commitOf('complete', completeRollout(standing, observations.target, note), 'Completed.');
}

const reasonCharsMax = 500;

function commitOf(
  step: string,
  changes: readonly ControllerChange[] | undefined,
  reason: string,
  urgent = false,
): readonly ControllerCommit[] {
  if (changes === undefined) return [];
  return [{ step, changes, author, reason: reason.slice(0, reasonCharsMax), ...(urgent ? { urgent } : {}) }];
}
