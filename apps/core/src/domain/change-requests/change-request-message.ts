// Change requests as messages of the contract: where they stand, what they would change, what moved on meanwhile.
import type { ChangeRequest } from '@org/contract/gen/flags/v1/change_request_service';
import { canonicalJson } from '@org/sync';
import { checkChanges } from '../commit/proposed-change.ts';
import { timestampOf } from '../environment/encoded.ts';
import type { Replica } from '../environment/replica.ts';
import { boundedDiffs } from '../history/bounded-diffs.ts';
import type { Policies } from '../policy/policies.ts';
import {
  approvalsOf,
  isOpen,
  pinnedMessage,
  pinnedRaw,
  stateOf,
  type StoredRequest,
} from './change-request.ts';
import { approvalsNeeded, type HeldRequest } from './change-request-commands.ts';

export interface MessageOptions {
  readonly policies: Policies;
  replica(environmentId: string): Replica | undefined;
  reference(environmentId: string): string;
}

/** Approvals that a request needs, by what is live now. */
export function neededBy(options: MessageOptions, { row, request }: HeldRequest): number {
  const documents = options.replica(row.environmentId)?.state.documents;
  if (documents === undefined) return 1;
  const checked = checkChanges(request.changes.map(pinnedRaw));
  return approvalsNeeded(options.policies, options.reference(row.environmentId), checked, documents);
}

/** The whole of it. */
export async function requestMessage(options: MessageOptions, held: HeldRequest): Promise<ChangeRequest> {
  const { row, request } = held;
  const documents = options.replica(row.environmentId)?.state.documents;
  const rows = request.changes.map(({ kind, key, document }) => ({
    kind,
    key,
    beforeJson: documents?.held(kind, key)?.json,
    afterJson: document === null ? undefined : canonicalJson(document),
  }));
  return {
    ...requestSummary(options, held),
    changes: request.changes.map(pinnedMessage),
    diffs: isOpen(request) ? (await boundedDiffs(rows)).diffs : [],
  };
}

/** Without changes and diffs. */
export function requestSummary(options: MessageOptions, held: HeldRequest): ChangeRequest {
  const { row, request } = held;
  const needed = neededBy(options, held);
  const { version, proposer, schedule, bypass } = request;
  return {
    number: row.number,
    version,
    state: stateOf(request, needed),
    reason: request.reason,
    author: request.author,
    principalId: proposer.id,
    principalName: proposer.name,
    proposedAt: timestampOf(request.proposedAtMs),
    baseRevision: request.baseRevision,
    changes: [],
    diffs: [],
    reviews: request.reviews.map(({ by, atMs, ...review }) => ({
      ...review,
      principalId: by.id,
      principalName: by.name,
      at: timestampOf(atMs),
    })),
    approvals: approvalsOf(request),
    approvalsNeeded: needed,
    conflicts: isOpen(request) ? conflictsOf(options, row.environmentId, request) : [],
    applyAt: schedule && isOpen(request) ? timestampOf(schedule.atMs) : undefined,
    appliedRevision: request.appliedRevision ?? 0,
    bypassReason: bypass?.reason ?? '',
    bypassedBy: bypass?.by.name ?? '',
    failure: request.failure ?? '',
  };
}

const conflictsOf = (
  { replica }: MessageOptions,
  environmentId: string,
  { changes }: StoredRequest,
): ChangeRequest['conflicts'] =>
  changes
    .filter(
      ({ kind, key, expectedRevision }) =>
        (replica(environmentId)?.state.documents.held(kind, key)?.revision ?? 0) !== expectedRevision,
    )
    .map(({ kind, key }) => ({ kind, key }));
