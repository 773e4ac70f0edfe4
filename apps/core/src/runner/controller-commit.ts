// A controller's commit as a command of the commit path: fenced by the runner's lease, made once.
import type { Controller, ControllerCommit, Subject } from '@org/automation';
import { succeed, type Fault } from '@org/contract';
import { controllerScope } from '../domain/commit/check-request.ts';
import type { CommitCommand } from '../domain/commit/commit-command.ts';
import { runsTaken } from '../domain/commit/own-state.ts';
import { checkChanges } from '../domain/commit/proposed-change.ts';
import type { SqlTransaction } from '../store/sql-driver.ts';

export interface ControllerCommitOptions {
  readonly environmentId: string;
  readonly controller: Pick<Controller<never>, 'kind'>;
  readonly subject: Pick<Subject<unknown>, 'key' | 'revision'>;
  readonly commit: ControllerCommit;
  /** @throws {StoreError} LEASE_LOST */
  fence(transaction: SqlTransaction): Promise<void>;
}

/** The command. Its key names what the commit is, so its content need not be compared. */
export function controllerCommand({
  environmentId,
  controller,
  subject,
  commit,
  fence,
}: ControllerCommitOptions): CommitCommand {
  const idempotencyKey = `${controller.kind}:${subject.key}@${subject.revision}:${commit.step}`;
  const checked = checkChanges(
    commit.changes.map(({ kind, key, document, expectedDocumentRevision }, index) => ({
      kind,
      key,
      document: document ?? undefined,
      expectedRevision: expectedDocumentRevision,
      field: `changes[${index}]`,
    })),
  );
  return {
    environmentId,
    committer: { principalId: '', principalName: `controller:${controller.kind}`, keyId: '' },
    author: commit.author,
    reason: commit.reason,
    idempotencyKey,
    idempotencyScope: controllerScope(idempotencyKey),
    requestHash: '',
    dryRun: false,
    urgent: commit.urgent === true,
    validate: commit.urgent !== true,
    ownState: runsTaken,
    fence,
    changes: () => succeed(checked),
  };
}

const refusals: ReadonlySet<string> = new Set([
  'INVALID_DOCUMENT',
  'INVALID_REQUEST',
  'REVISION_CONFLICT',
  'LIMIT_EXCEEDED',
  'NOT_FOUND',
]);

/** What a fault means for a controller's commit. */
export type FaultMeaning = 'refused' | 'subject-moved' | 'retry';

/** Refused for good, or the controller's own document was changed meanwhile, or it may work later. */
export function meaningOf(fault: Fault, kind: string, key: string): FaultMeaning {
  if (!refusals.has(fault.code)) return 'retry';
  const isOwn = fault.metadata?.['kind'] === kind && fault.metadata['key'] === key;
  return fault.code === 'REVISION_CONFLICT' && isOwn ? 'subject-moved' : 'refused';
}

const findingsToldMax = 5;

/** The fault in one line, for the author of the document. */
export function faultText({ code, message, violations = [] }: Fault): string {
  const findings = violations
    .slice(0, findingsToldMax)
    .map((each) => `${each.field}: ${each.message} (${each.rule})`);
  const text = [`[${code}] ${message}`, ...findings].join(' ').slice(0, 2_000);
  // Half of a surrogate pair could not be written anywhere.
  return text.replace(/[\uD800-\uDBFF]$/, '');
}
