// What would become of a rollout on made-up traffic: the controller itself, with a clock and a fleet that are none. Pure.
import type { Rollout } from '@org/contract/model';
import type { ControllerCommit } from '../controller.ts';
import { rulesOf, plannedStages } from '../rollout/stages.ts';
import type { Reading, RolloutObservations, RolloutStatus } from '../rollout/status.ts';
import { stepRollout } from '../rollout/step.ts';
import { startRollout, type ShippedTarget } from '../rollout/transitions.ts';
import { chanceOf, type Chance } from './chance.ts';
import { drawCalls, type Traffic } from './traffic.ts';

/** How one history ended. */
export interface RolloutOutcome {
  readonly state: 'completed' | 'rolled_back' | 'unfinished';
  readonly minutes: number;
  /** The last stage, from 0. */
  readonly stage: number;
  /** Calls with the variant, and those of them that failed. */
  readonly calls: number;
  readonly errors: number;
}

export interface SimulationOptions {
  readonly histories: number;
  readonly seed: number;
  /** A history ends after so many; ten times the rollout's least when left out. */
  readonly minutesMax?: number;
}

/** All histories together. */
export interface SimulationSummary {
  readonly histories: number;
  readonly completed: number;
  readonly rolledBack: number;
  readonly unfinished: number;
  readonly medianMinutesToRollback: number | undefined;
  readonly medianMinutesToCompletion: number | undefined;
  /** Means. */
  readonly callsExposed: number;
  readonly errorsExposed: number;
  readonly rollbacksByStage: readonly number[];
}

const minuteMs = 60_000;
const looksPerHistory = 300;
const lookMsMin = 5_000;
/** Monday, 2 March 2026, 10:00 UTC. */
const beginMs = Date.UTC(2026, 2, 2, 10);

/** One history. Rules that read something outside are kept; approvals are given at once. */
export function simulateHistory(
  key: string,
  rollout: Rollout,
  traffic: Traffic,
  chance: Chance,
  minutesMax = defaultMinutes(rollout),
): RolloutOutcome {
  const lookMs = Math.max(lookMsMin, (minutesMax * minuteMs) / (10 * looksPerHistory));
  const { life: _life, ...draft } = rollout;
  let revision = 1;
  let nowMs = beginMs;
  let current = started(key, draft, nowMs);
  let status: RolloutStatus | undefined;
  const seen = { calls: 0, errors: 0 };
  const end = beginMs + minutesMax * minuteMs;
  while (current.life?.state === 'running' && nowMs < end) {
    nowMs += lookMs;
    const { stage, percentage } = current.life;
    const window = { minutes: lookMs / minuteMs, share: percentage / 100, stage };
    const drawn = drawCalls(chance, traffic, window, rulesOf(current));
    seen.calls += drawn.variant.calls;
    seen.errors += drawn.variant.errors;
    const subject = { key, revision, changedAtMs: nowMs, spec: current };
    const step = stepRollout(subject, status, observationsOf(current, drawn, nowMs), nowMs, lookMs);
    status = step.status;
    const next = committed(step.commits, key);
    if (next === undefined) continue;
    revision += 1;
    current = next;
  }
  const state = current.life?.state;
  return {
    state: state === 'completed' || state === 'rolled_back' ? state : 'unfinished',
    minutes: (nowMs - beginMs) / minuteMs,
    stage: current.life?.stage ?? 0,
    ...seen,
  };
}

/** Runs all histories at once. */
export function simulateRollout(
  key: string,
  rollout: Rollout,
  traffic: Traffic,
  { histories, seed, minutesMax }: SimulationOptions,
): SimulationSummary {
  const chance = chanceOf(seed);
  const outcomes = Array.from({ length: histories }, () =>
    simulateHistory(key, rollout, traffic, chance, minutesMax),
  );
  return summarize(rollout, outcomes);
}

/** Counts and medians. */
export function summarize(rollout: Rollout, outcomes: readonly RolloutOutcome[]): SimulationSummary {
  const completed = outcomes.filter(({ state }) => state === 'completed');
  const rolledBack = outcomes.filter(({ state }) => state === 'rolled_back');
  const mean = (of: (outcome: RolloutOutcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / Math.max(1, outcomes.length);
  return {
    histories: outcomes.length,
    completed: completed.length,
    rolledBack: rolledBack.length,
    unfinished: outcomes.length - completed.length - rolledBack.length,
    medianMinutesToRollback: medianOf(rolledBack.map(({ minutes }) => minutes)),
    medianMinutesToCompletion: medianOf(completed.map(({ minutes }) => minutes)),
    callsExposed: mean(({ calls }) => calls),
    errorsExposed: mean(({ errors }) => errors),
    rollbacksByStage: plannedStages(rollout).map(
      (_, index) => rolledBack.filter(({ stage }) => stage === index).length,
    ),
  };
}

/** The middle one, or the mean of the two in the middle. */
export function medianOf(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1]! + sorted[half]!) / 2;
}

function defaultMinutes(rollout: Rollout): number {
  const least = plannedStages(rollout).reduce((sum, { minimumMs }) => sum + minimumMs, 0) / minuteMs;
  return Math.max(60, 10 * least);
}

function started(key: string, draft: Rollout, nowMs: number): Rollout {
  const note = { by: 'simulation', atMs: nowMs, reasons: [] };
  const changes = startRollout({ key, revision: 0, rollout: draft }, note);
  const document = changes?.find(({ kind }) => kind === 'rollout')?.document;
  const rollout = (document ?? draft) as unknown as Rollout;
  if (rollout.life === undefined) return rollout;
  const approvals = plannedStages(rollout).map((_, stage) => ({
    stage,
    by: '',
    at: rollout.life!.startedAt,
  }));
  return { ...rollout, life: { ...rollout.life, approvals } };
}

const committed = (commits: readonly ControllerCommit[], key: string): Rollout | undefined =>
  commits.flatMap(({ changes }) => changes).find((change) => change.kind === 'rollout' && change.key === key)
    ?.document as unknown as Rollout | undefined;

const shipped: ShippedTarget = { document: {}, revision: 1 };

function observationsOf(
  rollout: Rollout,
  drawn: Pick<RolloutObservations, 'variant' | 'others'>,
  nowMs: number,
): RolloutObservations {
  const rules = rulesOf(rollout);
  const kept = (value: number): Reading => ({ atMs: nowMs, value });
  const readings = rules.flatMap((rule): (readonly [string, Reading])[] => {
    if (rule.type === 'http') return [[rule.id, kept(1)]];
    if (rule.type !== 'prometheus' && rule.type !== 'custom') return [];
    const beside = rule.comparison.startsWith('<') ? -1 : 1;
    return [[rule.id, kept(rule.value + beside)]];
  });
  const metrics = rules.flatMap((rule) =>
    rule.type === 'metric' ? [[rule.metric, { verdict: 'holds', text: 'Simulated.' }] as const] : [],
  );
  return {
    ...drawn,
    refusals: [],
    readings: Object.fromEntries(readings),
    metrics: { metrics: Object.fromEntries(metrics), sampleRatioMismatch: false },
    faults: [],
    alarms: [],
    target: shipped,
  };
}
