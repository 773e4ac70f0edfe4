// Lets experiments that decide by themselves do so: on the results of the analytics process, each decision one commit.
// Asks seldom: what is decided has been sure for a while.
import { automaticDecision, awaitsDecision } from '@org/automation';
import { ExperimentResults } from '@org/contract/gen/flags/v1/analytics_service';
import type { JsonObject } from '@org/contract/model';
import type { AnalyticsPort } from '../application.ts';
import type { CommitService } from '../domain/commit/commit-service.ts';
import type { Replica } from '../domain/environment/replica.ts';
import { decideCommand, type StepActor } from '../domain/experiments/experiment-commands.ts';
import { readResults } from '../domain/experiments/experiment-service.ts';
import { experimentsOf, type KeyedExperiment } from '../domain/experiments/running.ts';
import type { Logger } from '../domain/ports.ts';
import { assertLease, type DatabaseClock, type Lease } from '../store/lease-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { faultText } from './controller-commit.ts';
import type { LeasedJob } from './leased-jobs.ts';

const lookIntervalMs = 30_000;

export interface ExperimentDeciderOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly commits: CommitService;
  readonly analytics: AnalyticsPort;
  /** Between two looks; half a minute. */
  readonly intervalMs?: number | undefined;
  replicas(): Iterable<Replica>;
}

/** Deciding as a job of the runner. */
export const decisionsJob = (options: ExperimentDeciderOptions): LeasedJob => ({
  name: 'decisions',
  intervalMs: options.intervalMs ?? lookIntervalMs,
  look: (lease) => decideAll(options, lease),
});

/** Looks once at every experiment that may decide. */
async function decideAll(options: ExperimentDeciderOptions, lease: Lease): Promise<void> {
  const replicas = [...options.replicas()];
  if (replicas.every((replica) => experimentsOf(replica.state.documents).length === 0)) return;
  const nowMs = await options.clock(options.driver);
  for (const replica of replicas) {
    for (const subject of experimentsOf(replica.state.documents)) {
      if (awaitsDecision(subject.experiment, nowMs)) await decide(options, lease, replica, subject, nowMs);
    }
  }
}

async function decide(
  { analytics, commits, driver, clock, logger }: ExperimentDeciderOptions,
  lease: Lease,
  { environmentId, state }: Replica,
  { key, experiment }: KeyedExperiment,
  nowMs: number,
): Promise<void> {
  const where = { environmentId, experiment: key };
  const found = await readResults(analytics, { environmentId }, key);
  if (!found.ok) return logger.debug({ ...where, code: found.fault.code }, 'No results to decide on.');
  const { recommendation } = found.value;
  const decision = recommendation && automaticDecision(experiment, recommendation, nowMs);
  if (decision === undefined) return;
  const revision = state.documents.held('experiment', key)?.revision ?? 0;
  const request = {
    environment: environmentId,
    key,
    outcome: decision.outcome,
    variant: decision.variant,
    author: '',
    reason: `Decided by its plan: ${decision.outcome}.`,
    // One decision for one state of the document, however often it is asked for.
    idempotencyKey: `experiment:${key}@${revision}`,
  };
  const basis = { results: ExperimentResults.toJSON(found.value) as JsonObject, reasons: decision.reasons };
  const command = decideCommand({ ...automation, environmentId }, request, nowMs, basis);
  if (!command.ok) return logger.warn({ ...where, code: command.fault.code }, 'A decision makes no commit.');
  const result = await commits.execute({
    ...command.value,
    fence: (transaction) => assertLease(transaction, driver.dialect, clock, lease),
  });
  if (result.ok) logger.info({ ...where, outcome: decision.outcome }, 'An experiment decided.');
  else logger.warn({ ...where, fault: faultText(result.fault) }, 'A decision could not be committed.');
}

const automation: Pick<StepActor, 'committer'> = {
  committer: { principalId: '', principalName: 'controller:experiment', keyId: '' },
};
