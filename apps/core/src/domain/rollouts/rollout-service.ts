// The use cases of RolloutService, for callers that were authorised: steps are commits, numbers that are told wait for the
// runner, and what is asked is read from documents and from what the runner knew last.
import { setImmediate } from 'node:timers/promises';
import {
  chanceOf,
  rulesOf,
  simulateHistory,
  summarize,
  type RolloutOutcome,
  type StandingRollout,
} from '@org/automation';
import { checkSchema } from '@org/contract/schema';
import { fail, succeed, type Result, type Violation } from '@org/contract';
import type {
  SimulateRolloutRequest,
  SimulateRolloutResponse,
  UpdateMetricsRequest,
  UpdateMetricsResponse,
} from '@org/contract/gen/flags/v1/rollout_service';
import type { Rollout } from '@org/contract/model';
import type { Application, EnvironmentGrant } from '../../application.ts';
import { readStatus, writeToldMetrics } from '../../store/controller-store.ts';
import type { DatabaseClock } from '../../store/lease-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { attempt } from '../../store/store-error.ts';
import { pageOf } from '../access/pages.ts';
import { committerOf } from '../commit/commands.ts';
import type { CommitService } from '../commit/commit-service.ts';
import type { Replica } from '../environment/replica.ts';
import { rolloutCommand } from './rollout-commands.ts';
import { statusMessage, type KnownStatus } from './rollout-status.ts';
import { rolloutsOf, standingRollout } from './running.ts';

export interface RolloutServiceOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly commits: CommitService;
  replica(environmentId: string): Replica | undefined;
}

const metricsMax = 100;
const historiesDefault = 200;
const historiesMax = 1_000;

/** Makes the use cases. */
export function createRolloutService(options: RolloutServiceOptions): Application['rollouts'] {
  const { driver, clock, commits } = options;
  const found = (grant: EnvironmentGrant, key: string): Result<StandingRollout> => {
    const replica = options.replica(grant.environmentId);
    const standing = replica && standingRollout(replica.state.documents, key);
    return standing === undefined ? fail('NOT_FOUND', 'There is no such rollout.') : succeed(standing);
  };
  const known = (environmentId: string, key: string): Promise<Result<KnownStatus | undefined>> =>
    attempt(async () => (await readStatus(driver, environmentId, 'rollout', key)) as KnownStatus | undefined);
  return {
    async step(grant, action, request, stage) {
      const nowMs = await attempt(() => clock(driver));
      if (!nowMs.ok) return nowMs;
      const actor = { environmentId: grant.environmentId, committer: committerOf(grant.caller) };
      const command = rolloutCommand(actor, action, request, nowMs.value, stage);
      return command.ok ? commits.execute(command.value) : command;
    },
    async updateMetrics(grant, request) {
      const standing = found(grant, request.key);
      return standing.ok ? tellMetrics(options, grant, standing.value, request) : standing;
    },
    async status(grant, key) {
      const standing = found(grant, key);
      if (!standing.ok) return standing;
      const status = await known(grant.environmentId, key);
      return status.ok ? succeed(statusMessage(standing.value, status.value)) : status;
    },
    async list(grant, page) {
      const documents = options.replica(grant.environmentId)?.state.documents;
      const all = documents === undefined ? [] : rolloutsOf(documents);
      const cut = pageOf(
        all.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
        ({ key }) => key,
        page,
      );
      if (!cut.ok) return cut;
      const rollouts = [];
      for (const standing of cut.value.items) {
        const status = await known(grant.environmentId, standing.key);
        rollouts.push(statusMessage(standing, status.ok ? status.value : undefined));
      }
      return succeed({ rollouts, nextPageToken: cut.value.nextPageToken });
    },
    async simulate(grant, request) {
      const standing = request.document === undefined ? found(grant, request.key) : proposed(request);
      return standing.ok ? simulate(standing.value, request) : standing;
    },
  };
}

async function tellMetrics(
  { driver, clock }: RolloutServiceOptions,
  { environmentId }: EnvironmentGrant,
  { key, rollout }: StandingRollout,
  { metrics }: UpdateMetricsRequest,
): Promise<Result<UpdateMetricsResponse>> {
  const entries = Object.entries(metrics);
  const violations: Violation[] = entries
    .filter(([, value]) => !Number.isFinite(value))
    .map(([metric]) => ({
      field: `metrics.${metric}`,
      rule: 'finite',
      message: 'A finite number is expected.',
    }));
  if (entries.length === 0 || entries.length > metricsMax)
    violations.push({ field: 'metrics', rule: 'items', message: `1 to ${metricsMax} numbers are expected.` });
  if (violations.length > 0) return fail('INVALID_REQUEST', 'These metrics cannot be taken.', { violations });
  const judged = new Set(rulesOf(rollout).flatMap((rule) => (rule.type === 'custom' ? [rule.metric] : [])));
  const told = entries.filter(([metric]) => judged.has(metric));
  const written = await attempt(async () => {
    const atMs = await clock(driver);
    const rows = told.map(([metric, value]) => ({ key, metric, value, atMs }));
    await driver.transaction((session) => writeToldMetrics(session, environmentId, rows));
  });
  if (!written.ok) return written;
  return succeed({ unknown: entries.map(([metric]) => metric).filter((metric) => !judged.has(metric)) });
}

/** A document that is only simulated is checked as one that is committed, as far as it can be by itself. */
function proposed({ key, document }: SimulateRolloutRequest): Result<StandingRollout> {
  const violations = checkSchema('rollout', document, 'document');
  if (violations.length > 0) return fail('INVALID_DOCUMENT', 'This is no rollout.', { violations });
  return succeed({ key, revision: 1, rollout: document as unknown as Rollout });
}

async function simulate(
  { key, rollout }: StandingRollout,
  { scenario, histories, seed }: SimulateRolloutRequest,
): Promise<Result<SimulateRolloutResponse>> {
  const violations: Violation[] = [];
  const check = (holds: boolean, field: string, message: string): void => {
    if (!holds) violations.push({ field, rule: 'range', message });
  };
  const { callsPerMinute = 0, errorRate = 0, errorRatio = 1, slowRate = 0, slowRatio = 1 } = scenario ?? {};
  check(histories <= historiesMax, 'histories', `At most ${historiesMax}.`);
  check(callsPerMinute > 0 && callsPerMinute <= 1e9, 'scenario.calls_per_minute', 'Above 0, at most 1e9.');
  check(errorRate >= 0 && errorRate <= 1, 'scenario.error_rate', 'From 0 to 1.');
  check(slowRate >= 0 && slowRate <= 1, 'scenario.slow_rate', 'From 0 to 1.');
  check(errorRatio >= 0 && errorRatio <= 1e6, 'scenario.error_ratio', 'From 0 to 1e6.');
  check(slowRatio >= 0 && slowRatio <= 1e6, 'scenario.slow_ratio', 'From 0 to 1e6.');
  if (violations.length > 0) return fail('INVALID_REQUEST', 'This cannot be simulated.', { violations });
  const harmFromStage = Math.max(0, (scenario?.harmFromStage ?? 0) - 1);
  const minutesMax = scenario?.minutesMax ?? 0;
  const traffic = { callsPerMinute, errorRate, errorRatio, slowRate, slowRatio, harmFromStage };
  const chance = chanceOf(seed);
  const outcomes: RolloutOutcome[] = [];
  while (outcomes.length < (histories === 0 ? historiesDefault : histories)) {
    outcomes.push(simulateHistory(key, rollout, traffic, chance, minutesMax > 0 ? minutesMax : undefined));
    // A history takes milliseconds; the core has others to answer meanwhile.
    await setImmediate();
  }
  const summary = summarize(rollout, outcomes);
  return succeed({ ...summary, rollbacksByStage: [...summary.rollbacksByStage] });
}
