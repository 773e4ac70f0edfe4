// Ends what the fleet confirms to fail and no controller of rollouts looks after: experiments are stopped, every other staged
// overlay (a mutation, one by hand) is removed. Its owner finds it gone and judges for itself.
import { checkChanges } from '../../domain/commit/proposed-change.ts';
import { controllerScope } from '../../domain/commit/check-request.ts';
import type { CommitCommand } from '../../domain/commit/commit-command.ts';
import type { CommitService } from '../../domain/commit/commit-service.ts';
import { lifeTaken, runsTaken } from '../../domain/commit/own-state.ts';
import { stopCommand } from '../../domain/experiments/experiment-commands.ts';
import type { Logger } from '../../domain/ports.ts';
import { succeed, type Result } from '@org/contract';
import { assertLease, type DatabaseClock, type Lease } from '../../store/lease-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { faultText } from '../controller-commit.ts';
import type { EnvironmentLook } from './look.ts';

export interface EndOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly commits: CommitService;
}

const committer = { principalId: '', principalName: 'controller:breaker', keyId: '' };
const experimentPrefix = 'experiment:';

/** One commit for each overlay, however often its alarm is heard. */
export async function endOverlays(
  { driver, clock, logger, commits }: EndOptions,
  lease: Lease,
  { replica, foreign }: EnvironmentLook,
  nowMs: number,
): Promise<void> {
  const { environmentId } = replica;
  for (const { overlayKey, alarm } of foreign) {
    const idempotencyKey = `breaker:${overlayKey}@${alarm.revision}:end`;
    const reason = `Ended: ${alarm.text}`;
    const command = overlayKey.startsWith(experimentPrefix)
      ? stopped(environmentId, overlayKey.slice(experimentPrefix.length), { reason, idempotencyKey }, nowMs)
      : succeed(removed(environmentId, overlayKey, { reason, idempotencyKey }));
    if (!command.ok) continue;
    const result = await commits.execute({
      ...command.value,
      idempotencyScope: controllerScope(idempotencyKey),
      urgent: true,
      // A way back is always there.
      validate: false,
      fence: (transaction) => assertLease(transaction, driver.dialect, clock, lease),
    });
    const where = { environmentId, overlay: overlayKey };
    if (result.ok) logger.warn({ ...where, alarm: alarm.text }, 'A staged configuration was ended.');
    else
      logger.warn({ ...where, fault: faultText(result.fault) }, 'A staged configuration could not be ended.');
  }
}

interface Why {
  readonly reason: string;
  readonly idempotencyKey: string;
}

function stopped(environmentId: string, key: string, why: Why, nowMs: number): Result<CommitCommand> {
  const request = { environment: environmentId, key, author: committer.principalName, ...why };
  const command = stopCommand({ environmentId, committer }, request, nowMs);
  return command.ok ? succeed({ ...command.value, ownState: lifeTaken }) : command;
}

const removed = (environmentId: string, key: string, { reason, idempotencyKey }: Why): CommitCommand => ({
  environmentId,
  committer,
  author: committer.principalName,
  reason,
  idempotencyKey,
  idempotencyScope: controllerScope(idempotencyKey),
  requestHash: '',
  dryRun: false,
  urgent: true,
  validate: false,
  ownState: runsTaken,
  changes: () =>
    succeed(
      checkChanges([
        { kind: 'overlay', key, document: undefined, expectedRevision: undefined, field: 'changes[0]' },
      ]),
    ),
});
