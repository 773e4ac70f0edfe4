// Executes commits: the one write path of specifications. Commits of an environment go one after the other; each is one
// transaction that holds the environment's row, and is applied to memory before it is acknowledged.
import { fail, succeed, type Result, type Violation } from '@org/contract';
import type { CommitResponse } from '@org/contract/gen/flags/v1/admin_service';
import { Delta } from '@org/contract/gen/flags/v1/document';
import { writeCommit, writeIdempotent } from '../../store/commit-store.ts';
import { lockHead, type Head } from '../../store/environment-store.ts';
import { readRemovedKilled, type RevisionRow } from '../../store/history-store.ts';
import type { SqlDriver, SqlTransaction } from '../../store/sql-driver.ts';
import { attempt, refuse } from '../../store/store-error.ts';
import { catchUp, takeChunks } from '../environment/catch-up.ts';
import { deltaOf } from '../environment/delta.ts';
import type { StateChange } from '../environment/environment-state.ts';
import type { Replica } from '../environment/replica.ts';
import type { HitFailpoint } from '../failpoints.ts';
import type { Runtime } from '../ports.ts';
import type { JudgedChange, PolicyMode } from '../policy/policies.ts';
import { createSerialQueue, type SerialQueue } from '../serial-queue.ts';
import type { CommitCommand } from './commit-command.ts';
import { answerUnchanged, changeRows, findReplay, responseOf, revisionRecord } from './commit-response.ts';
import { checkFlagTypes, flagTypeOf } from './flag-types.ts';
import { bornFlags, withOwnState } from './own-state.ts';
import { judgedChange, type CheckedChanges } from './proposed-change.ts';
import { planCommit, type CommitPlan } from './plan-commit.ts';
import { checkOwned } from './source-owned.ts';
import { withUpgradedConfigs } from './upgrade-configs.ts';
import type { Stage } from './stages.ts';

export interface CommitServiceOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  replica(environmentId: string): Replica | undefined;
  /** Called when memory and database disagree: the replica is loaded anew. */
  onDamage(environmentId: string): void;
  readonly failpoint: HitFailpoint;
  /** SDKs of earlier releases that must be able to evaluate what is committed. */
  readonly canaries?: readonly Stage[] | undefined;
  /** The rules of the installation. */
  readonly judge?: JudgeCommit | undefined;
}

/** What of a commit the rules of the installation refuse. */
export type JudgeCommit = (
  command: CommitCommand & { readonly policy: PolicyMode },
  changes: readonly JudgedChange[],
) => readonly Violation[];

export interface CommitService {
  execute(command: CommitCommand): Promise<Result<CommitResponse>>;
}

/** Commits that may wait for one environment. */
const waitingMax = 1_000;

interface Committed {
  readonly response: CommitResponse;
  /** Absent when nothing was written. */
  readonly change?: StateChange;
}

/** Makes the commit path. */
export function createCommitService(options: CommitServiceOptions): CommitService {
  const queues = new Map<string, SerialQueue>();
  const queueOf = (environmentId: string): SerialQueue => {
    const queue = queues.get(environmentId) ?? createSerialQueue(waitingMax);
    queues.set(environmentId, queue);
    return queue;
  };
  return {
    execute: (command) => {
      const done = queueOf(command.environmentId).run(() => executeAlone(options, command), command.urgent);
      if (done !== undefined) return done;
      return Promise.resolve(
        fail('OVERLOADED', 'Too many commits wait for this environment.', { retryAfterMs: 1000 }),
      );
    },
  };
}

async function executeAlone(
  options: CommitServiceOptions,
  command: CommitCommand,
): Promise<Result<CommitResponse>> {
  const replica = options.replica(command.environmentId);
  if (replica === undefined) return fail('NOT_FOUND', 'There is no such environment.');
  const committed = await attempt(() =>
    options.driver.transaction((transaction) => commitInside(options, replica, transaction, command)),
  );
  if (!committed.ok) return committed;
  const { response, change } = committed.value;
  if (change !== undefined) {
    options.failpoint('after-commit');
    // The tail may have been faster; then there is nothing left to apply.
    if (replica.revision === change.revision - 1) replica.applyChange(change);
  }
  return succeed(response);
}

async function commitInside(
  options: CommitServiceOptions,
  replica: Replica,
  transaction: SqlTransaction,
  command: CommitCommand,
): Promise<Committed> {
  await command.fence?.(transaction);
  const head = await lockHead(transaction, options.driver.dialect, command.environmentId);
  if (head === undefined) refuse(fail('NOT_FOUND', 'There is no such environment.'));
  const before = await findReplay(transaction, head, command);
  if (before !== undefined) return { response: before };
  await followHead(options, transaction, replica, head);
  const plan = await planUnderLock(options, replica, transaction, command);
  if (plan.changes.length === 0) return { response: await answerUnchanged(transaction, replica, command) };
  const record = revisionRecord(command, plan, replica);
  const rows = changeRows(plan, replica);
  const response = await responseOf(replica.historyId, record, rows);
  if (command.dryRun) return { response };
  await write(transaction, replica, command, plan, record);
  return { response, change: plan.change };
}

/** Applies what other cores committed and the tail has not brought yet: the plan must see the state it is written on. */
async function followHead(
  options: CommitServiceOptions,
  transaction: SqlTransaction,
  replica: Replica,
  head: Head,
): Promise<void> {
  const followed = await catchUp(transaction, replica, head);
  const same = replica.historyId === head.historyId && replica.hash('server') === head.serverHash;
  if (followed && same && replica.revision === head.revision) return;
  options.onDamage(head.environmentId);
  refuse(fail('STORE_UNAVAILABLE', 'This replica is loading the environment anew.', { retryAfterMs: 500 }));
}

async function planUnderLock(
  options: CommitServiceOptions,
  replica: Replica,
  transaction: SqlTransaction,
  command: CommitCommand,
): Promise<CommitPlan> {
  const { environmentId } = command;
  const documents = replica.state.documents;
  const checked = await command.changes({
    environmentId,
    revision: replica.revision,
    documents,
    transaction,
  });
  if (!checked.ok) refuse(checked);
  const born = bornFlags(checked.value, documents, command.ownState);
  const removedKilled = await readRemovedKilled(transaction, environmentId, born);
  const stated = withOwnState(checked.value, documents, command.ownState, removedKilled);
  const upgraded = withUpgradedConfigs(stated, documents);
  const own = await withChunks(upgraded, transaction, replica);
  const planned = await planCommit(replica.state, own, {
    committedAtMs: options.runtime.now(),
    expectedRevision: command.expectedRevision,
    validate: command.validate,
    canaries: options.canaries,
    policyFindings: (changes) => {
      const { policy } = command;
      if (policy === undefined || options.judge === undefined) return [];
      const judged = changes.map((change) => judgedChange(change, documents));
      return options.judge({ ...command, policy }, judged);
    },
    foreignFindings: async (changes, after) => [
      ...(await checkOwned(transaction, environmentId, command.source, changes, documents)),
      ...(await checkFlagTypes(
        transaction,
        options.driver.dialect,
        environmentId,
        { before: documents, after },
        changes,
      )),
    ],
  });
  if (!planned.ok) refuse(planned);
  return planned.value;
}

/** What a list names must be there: the evaluator asks for it as soon as the change is applied. */
async function withChunks(
  checked: CheckedChanges,
  transaction: SqlTransaction,
  replica: Replica,
): Promise<CheckedChanges> {
  const missing = await takeChunks(transaction, replica, checked.changes);
  if (missing.length === 0) return checked;
  const lists = checked.changes.filter(({ kind, json }) => kind === 'list' && json !== undefined);
  const findings = lists.map(({ field }) => ({
    field: `${field}.document.chunks`,
    rule: 'unknown_chunk',
    message: 'The list names contents that are not there.',
  }));
  return { ...checked, findings: [...checked.findings, ...findings] };
}

async function write(
  transaction: SqlTransaction,
  replica: Replica,
  command: CommitCommand,
  { changes, change }: CommitPlan,
  record: RevisionRow,
): Promise<void> {
  const { environmentId, idempotencyScope, requestHash } = command;
  const { documents } = replica.state;
  await writeCommit(transaction, {
    ...record,
    environmentId,
    historyId: replica.historyId,
    changes: changes.map(({ kind, key, json }) => ({
      kind,
      key,
      before: documents.held(kind, key),
      afterJson: json,
      flagType: kind === 'flag' ? flagTypeOf(change.after, key) : undefined,
    })),
    serverHash: change.server.hash,
    clientHash: change.client.hash,
    serverDelta: Delta.encode(deltaOf(replica.state, change, 'server')).finish(),
    clientDelta: Delta.encode(deltaOf(replica.state, change, 'client')).finish(),
  });
  if (idempotencyScope !== undefined) {
    const outcome = { requestHash, revision: record.revision, unchanged: false };
    await writeIdempotent(transaction, environmentId, idempotencyScope, outcome);
  }
  await command.alongside?.(transaction, record.revision);
  await transaction.wake(environmentId);
}
