// What a commit answers: made, repeated, or without effect.
import { fail } from '@org/contract';
import type { CommitResponse } from '@org/contract/gen/flags/v1/admin_service';
import { findIdempotent, writeIdempotent, type IdempotentOutcome } from '../../store/commit-store.ts';
import type { Head } from '../../store/environment-store.ts';
import {
  changedMax,
  readDifference,
  readRevisions,
  type ChangeRow,
  type RevisionRow,
} from '../../store/history-store.ts';
import type { SqlTransaction } from '../../store/sql-driver.ts';
import { refuse } from '../../store/store-error.ts';
import type { Replica } from '../environment/replica.ts';
import { boundedDiffs, diffsMax } from '../history/bounded-diffs.ts';
import { revisionMessage } from '../history/messages.ts';
import type { CommitCommand } from './commit-command.ts';
import type { CommitPlan } from './plan-commit.ts';

/** The answer of the request that had the same idempotency key. */
export async function findReplay(
  transaction: SqlTransaction,
  head: Head,
  command: CommitCommand,
): Promise<CommitResponse | undefined> {
  const { environmentId, idempotencyScope, requestHash } = command;
  if (idempotencyScope === undefined || command.dryRun) return undefined;
  const outcome = await findIdempotent(transaction, environmentId, idempotencyScope);
  if (outcome === undefined) return undefined;
  if (outcome.requestHash !== requestHash) {
    refuse(fail('IDEMPOTENCY_KEY_REUSED', 'The idempotency key was used for another request.'));
  }
  return replayOf(transaction, head, outcome);
}

async function replayOf(
  transaction: SqlTransaction,
  head: Head,
  outcome: IdempotentOutcome,
): Promise<CommitResponse> {
  const { environmentId, historyId } = head;
  const [row] = await readRevisions(transaction, environmentId, {
    belowRevision: outcome.revision + 1,
    limit: 1,
  });
  const { revision } = outcome;
  const rows = outcome.unchanged
    ? []
    : readDifference(transaction, environmentId, revision - 1, revision, diffsMax);
  return { ...(await responseOf(historyId, row, rows)), replayed: true, unchanged: outcome.unchanged };
}

/** Nothing differs from what is live: no revision is made, and a repetition is to be answered the same. */
export async function answerUnchanged(
  transaction: SqlTransaction,
  replica: Replica,
  command: CommitCommand,
): Promise<CommitResponse> {
  const { environmentId, idempotencyScope, requestHash } = command;
  const { revision, historyId } = replica;
  if (idempotencyScope !== undefined && !command.dryRun) {
    await writeIdempotent(transaction, environmentId, idempotencyScope, {
      requestHash,
      revision,
      unchanged: true,
    });
  }
  const [row] = await readRevisions(transaction, environmentId, { belowRevision: revision + 1, limit: 1 });
  return { ...(await responseOf(historyId, row, [])), unchanged: true };
}

export const revisionRecord = (command: CommitCommand, plan: CommitPlan, replica: Replica): RevisionRow => ({
  revision: replica.revision + 1,
  committedAtMs: plan.change.committedAtMs,
  principalId: command.committer.principalId,
  principalName: command.committer.principalName,
  author: command.author,
  reason: command.reason,
  idempotencyKey: command.idempotencyKey,
  changed: plan.changes.slice(0, changedMax).map(({ kind, key }) => ({ kind, key })),
  changedCount: plan.changes.length,
});

export const changeRows = (plan: CommitPlan, replica: Replica): readonly ChangeRow[] =>
  plan.changes.map(({ kind, key, json }) => ({
    kind,
    key,
    beforeJson: replica.state.documents.held(kind, key)?.json,
    afterJson: json,
  }));

export const responseOf = async (
  historyId: string,
  row: RevisionRow | undefined,
  rows: AsyncIterable<ChangeRow> | Iterable<ChangeRow>,
): Promise<CommitResponse> => ({
  revision: row === undefined ? undefined : revisionMessage(row),
  diffs: (await boundedDiffs(rows)).diffs,
  historyId,
  replayed: false,
  unchanged: false,
});
