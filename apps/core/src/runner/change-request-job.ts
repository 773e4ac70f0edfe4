// Applies approved change requests whose time has come, each once, by the database's time and under the runner's lease.
// What cannot be applied (documents moved on, rules refuse) is noted in the request, which waits for people then.
import type { fail } from '@org/contract';
import { type Result } from '@org/contract';
import { applyRequest } from '../domain/change-requests/change-request-service.ts';
import {
  heldRequest,
  readHeld,
  rowWith,
  type HeldRequest,
} from '../domain/change-requests/change-request-commands.ts';
import { isOpen } from '../domain/change-requests/change-request.ts';
import type { CommitService } from '../domain/commit/commit-service.ts';
import type { Policies } from '../domain/policy/policies.ts';
import type { Logger } from '../domain/ports.ts';
import { readDueRequests, writeChangeRequest } from '../store/change-request-store.ts';
import { lockHead } from '../store/environment-store.ts';
import { assertLease, type DatabaseClock, type Lease } from '../store/lease-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { faultText, meaningOf } from './controller-commit.ts';
import type { LeasedJob } from './leased-jobs.ts';

const lookIntervalMs = 1_000;

export interface ChangeRequestJobOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly commits: CommitService;
  readonly policies: Policies;
  reference(environmentId: string): string;
  /** Between two looks; for tests. */
  readonly intervalMs?: number | undefined;
}

/** A job of the runner. */
export const changeRequestJob = (options: ChangeRequestJobOptions): LeasedJob => ({
  name: 'change-requests',
  intervalMs: options.intervalMs ?? lookIntervalMs,
  look: async (lease) => {
    const nowMs = await options.clock(options.driver);
    for (const row of await readDueRequests(options.driver, nowMs))
      await applyDue(options, lease, heldRequest(row), nowMs);
  },
});

async function applyDue(
  options: ChangeRequestJobOptions,
  lease: Lease,
  held: HeldRequest,
  nowMs: number,
): Promise<void> {
  const { driver, clock, logger, policies } = options;
  const { environmentId, number } = held.row;
  const { schedule, version } = held.request;
  const result = await applyRequest(options, held, version, {
    ...{ policies, nowMs, environment: options.reference(environmentId) },
    committer: {
      principalId: schedule?.by.id ?? '',
      principalName: schedule?.by.name ?? '',
      keyId: schedule?.keyId ?? '',
    },
    fence: (transaction) => assertLease(transaction, driver.dialect, clock, lease),
  });
  const where = { environmentId, changeRequest: number };
  if (result.ok) return logger.info(where, 'A change request was applied at its time.');
  if (!isFinal(result)) return logger.warn({ ...where, code: result.fault.code }, 'Trying again.');
  logger.warn({ ...where, code: result.fault.code }, 'A change request could not be applied at its time.');
  await noteFailure(options, lease, held, faultText(result.fault));
}

/** Approvals that were taken back are final, too: somebody else decides then. */
const isFinal = (result: Result<unknown>): result is ReturnType<typeof fail> =>
  !result.ok && (result.fault.code === 'WRONG_STATE' || meaningOf(result.fault, '', '') === 'refused');

async function noteFailure(
  { driver, clock }: ChangeRequestJobOptions,
  lease: Lease,
  { row, request }: HeldRequest,
  failure: string,
): Promise<void> {
  await driver.transaction(async (transaction) => {
    await assertLease(transaction, driver.dialect, clock, lease);
    await lockHead(transaction, driver.dialect, row.environmentId);
    const current = await readHeld(transaction, row.environmentId, row.number);
    // Whoever edited or withdrew it meanwhile has taken its time away already.
    if (current === undefined || !isOpen(current.request)) return;
    if (current.request.version !== request.version) return;
    const next = { ...current.request, schedule: undefined, failure };
    await writeChangeRequest(transaction, rowWith(current.row, next));
  });
}
