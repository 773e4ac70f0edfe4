// From change requests to commit commands: the trial that a proposal must stand, and the commit that applies it. The
// request's row is written in the same transaction as the revision, so that neither is there without the other.
import { fail, succeed, type Result } from '@org/contract';
import { appendAudit } from '../../store/audit-store.ts';
import {
  readChangeRequest,
  writeChangeRequest,
  type ChangeRequestRow,
} from '../../store/change-request-store.ts';
import type { SqlTransaction } from '../../store/sql-driver.ts';
import { controllerScope } from '../commit/check-request.ts';
import type { CommitCommand, Committer, LockedEnvironment } from '../commit/commit-command.ts';
import { ownStateChecked } from '../commit/own-state.ts';
import { checkChanges, judgedChange, type CheckedChanges } from '../commit/proposed-change.ts';
import type { Policies } from '../policy/policies.ts';
import { approvalsOf, isOpen, pinnedRaw, stateOf, type StoredRequest } from './change-request.ts';

/** A request with its row. */
export interface HeldRequest {
  readonly row: ChangeRequestRow;
  readonly request: StoredRequest;
}

export const heldRequest = (row: ChangeRequestRow): HeldRequest => ({
  row,
  // Written by this core only.
  request: JSON.parse(row.body) as StoredRequest,
});

/** The row with the request as it is now. */
export const rowWith = (row: ChangeRequestRow, request: StoredRequest): ChangeRequestRow => ({
  ...row,
  isOpen: isOpen(request),
  applyAtMs: isOpen(request) ? request.schedule?.atMs : undefined,
  body: JSON.stringify(request),
});

/** Approvals that the changes need where nothing says so: it was proposed to be looked at. */
const approvalsMin = 1;

export const approvalsNeeded = (
  policies: Policies,
  environment: string,
  checked: CheckedChanges,
  documents: LockedEnvironment['documents'],
): number =>
  Math.max(
    approvalsMin,
    policies.approvalsNeeded(
      environment,
      checked.changes.map((change) => judgedChange(change, documents)),
    ),
  );

export interface ApplyOptions {
  readonly policies: Policies;
  /** "project/environment". */
  readonly environment: string;
  readonly committer: Committer;
  readonly nowMs: number;
  /** Why the approvals that lack are not waited for. */
  readonly bypassReason?: string | undefined;
  readonly fence?: CommitCommand['fence'];
}

/** The commit that applies a version of a request, once. */
export function applyCommand(
  { row, request }: HeldRequest,
  version: number,
  options: ApplyOptions,
): CommitCommand {
  const { environmentId, number } = row;
  const { committer, bypassReason, fence } = options;
  const isBypass = bypassReason !== undefined;
  const idempotencyKey = `change-request:${number}@${version}`;
  return {
    environmentId,
    committer,
    author: request.author,
    reason: reasonOf(number, request.reason, bypassReason),
    idempotencyKey,
    idempotencyScope: controllerScope(idempotencyKey),
    requestHash: '',
    dryRun: false,
    urgent: isBypass,
    validate: true,
    policy: isBypass ? 'bypass' : 'approved',
    ownState: ownStateChecked,
    ...(fence && { fence }),
    changes: async ({ transaction, documents }) => {
      const current = await readHeld(transaction, environmentId, number);
      const checked = checkChanges(request.changes.map(pinnedRaw));
      const refused = refusalOf(current, version, isBypass, () =>
        approvalsNeeded(options.policies, options.environment, checked, documents),
      );
      return refused ?? succeed(checked);
    },
    alongside: async (transaction, revision) => {
      const current = await readHeld(transaction, environmentId, number);
      if (current !== undefined) await writeApplied(transaction, current, revision, options);
    },
  };
}

const reasonCharsMax = 2_000;

const reasonOf = (number: number, reason: string, bypassReason: string | undefined): string => {
  const bypass = bypassReason === undefined ? '' : ` [bypassed: ${bypassReason}]`;
  return `${reason === '' ? '' : `${reason} `}(change request ${number})${bypass}`.slice(0, reasonCharsMax);
};

/** The request as it stands inside a transaction. */
export async function readHeld(
  transaction: SqlTransaction,
  environmentId: string,
  number: number,
): Promise<HeldRequest | undefined> {
  const row = await readChangeRequest(transaction, environmentId, number);
  return row && heldRequest(row);
}

/** Why this version cannot be applied now. */
function refusalOf(
  current: HeldRequest | undefined,
  version: number,
  isBypass: boolean,
  needed: () => number,
): ({ ok: false } & Result<never>) | undefined {
  if (current === undefined) return fail('NOT_FOUND', 'There is no such change request.');
  const moved = otherVersion(current, version);
  if (moved !== undefined) return moved;
  if (!isOpen(current.request)) return wrongState(current, 'It is closed.');
  if (isBypass) return undefined;
  const quorum = needed();
  const state = stateOf(current.request, quorum);
  if (state === 'CHANGE_REQUEST_STATE_APPROVED' || state === 'CHANGE_REQUEST_STATE_SCHEDULED')
    return undefined;
  const has = approvalsOf(current.request);
  return wrongState(current, `It has ${has} of ${quorum} approvals${rejectedText(state)}.`, state);
}

const rejectedText = (state: string): string =>
  state === 'CHANGE_REQUEST_STATE_REJECTED' ? ', and somebody rejected it' : '';

export const wrongState = (
  { row, request }: HeldRequest,
  message: string,
  state: string = stateOf(request, approvalsMin),
): { ok: false } & Result<never> =>
  fail('WRONG_STATE', `Change request ${row.number}: ${message}`, {
    metadata: { state: state.replace('CHANGE_REQUEST_STATE_', '').toLowerCase() },
  });

/** What was looked at must be what is acted on. */
export const otherVersion = (
  { row, request }: HeldRequest,
  version: number,
): ({ ok: false } & Result<never>) | undefined =>
  request.version === version
    ? undefined
    : fail(
        'REVISION_CONFLICT',
        `Change request ${row.number} is at version ${request.version}, not ${version}: look at it again.`,
        { metadata: { number: String(row.number), currentVersion: String(request.version) } },
      );

/** Notes in the request and in the audit log what its commit did. */
export async function writeApplied(
  transaction: SqlTransaction,
  { row, request }: HeldRequest,
  revision: number,
  { committer, nowMs, bypassReason }: ApplyOptions,
): Promise<void> {
  const by = { id: committer.principalId, name: committer.principalName };
  const bypass = bypassReason === undefined ? undefined : { by, reason: bypassReason, atMs: nowMs };
  const applied = { ...request, appliedRevision: revision, bypass, failure: undefined };
  await writeChangeRequest(transaction, rowWith(row, applied));
  await appendAudit(transaction, {
    atMs: nowMs,
    actorKeyId: committer.keyId,
    actorPrincipalId: committer.principalId,
    action: bypass === undefined ? 'change_request.apply' : 'change_request.bypass',
    target: `${row.environmentId}/${row.number}`,
    details: {
      revision,
      version: request.version,
      approvals: approvalsOf(request),
      ...(bypass && { reason: bypass.reason }),
    },
  });
}
