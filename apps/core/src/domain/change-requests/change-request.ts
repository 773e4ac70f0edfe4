// A change request and the rules of its life. Pure: knows no store and no clock.
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { ChangeRequestState, Verdict } from '@org/contract/gen/flags/v1/change_request_service';
import type { JsonObject } from '@org/contract/model';
import type { RawChange } from '../commit/proposed-change.ts';

/** A principal, as it was called then. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

/** A change with the revision of the document that it was made against. */
export interface PinnedChange {
  readonly kind: string;
  readonly key: string;
  /** Null removes. */
  readonly document: JsonObject | null;
  readonly expectedRevision: number;
}

export interface StoredReview {
  readonly by: Person;
  readonly verdict: Verdict;
  readonly comment: string;
  readonly version: number;
  readonly atMs: number;
}

/** Everything that is known of a request. */
export interface StoredRequest {
  readonly version: number;
  readonly proposer: Person;
  /** Everybody who wrote a version of it. */
  readonly editors: readonly string[];
  readonly author: string;
  readonly reason: string;
  readonly proposedAtMs: number;
  readonly baseRevision: number;
  readonly changes: readonly PinnedChange[];
  readonly reviews: readonly StoredReview[];
  /** When it is to be applied, and who said so. */
  readonly schedule?: { readonly atMs: number; readonly by: Person; readonly keyId: string } | undefined;
  readonly withdrawn?: boolean | undefined;
  readonly appliedRevision?: number | undefined;
  readonly bypass?: { readonly by: Person; readonly reason: string; readonly atMs: number } | undefined;
  readonly failure?: string | undefined;
}

/** The last word of each reviewer about this version; comments are no verdict. */
function verdicts({ reviews, version }: StoredRequest): ReadonlyMap<string, Verdict> {
  const last = new Map<string, Verdict>();
  for (const review of reviews)
    if (review.version === version && review.verdict !== 'VERDICT_COMMENT')
      last.set(review.by.id, review.verdict);
  return last;
}

/** Approvals of this version by people who did not write any of it. */
export const approvalsOf = (request: StoredRequest): number =>
  [...verdicts(request)].filter(
    ([id, verdict]) => verdict === 'VERDICT_APPROVE' && !request.editors.includes(id),
  ).length;

/** Where it stands. `needed`: approvals that its changes need. */
export function stateOf(request: StoredRequest, needed: number): ChangeRequestState {
  if (request.appliedRevision !== undefined) return 'CHANGE_REQUEST_STATE_APPLIED';
  if (request.withdrawn === true) return 'CHANGE_REQUEST_STATE_WITHDRAWN';
  if ([...verdicts(request).values()].includes('VERDICT_REJECT')) return 'CHANGE_REQUEST_STATE_REJECTED';
  if (approvalsOf(request) >= needed)
    return request.schedule === undefined
      ? 'CHANGE_REQUEST_STATE_APPROVED'
      : 'CHANGE_REQUEST_STATE_SCHEDULED';
  return request.reviews.some(({ version }) => version === request.version)
    ? 'CHANGE_REQUEST_STATE_REVIEWED'
    : 'CHANGE_REQUEST_STATE_PROPOSED';
}

export const isOpen = ({ appliedRevision, withdrawn }: StoredRequest): boolean =>
  appliedRevision === undefined && withdrawn !== true;

/** Another version: what was said of the one before no longer counts, and neither does its time. */
export const edited = (
  request: StoredRequest,
  by: Person,
  made: Pick<StoredRequest, 'changes' | 'baseRevision' | 'reason'>,
): StoredRequest => ({
  ...request,
  ...made,
  version: request.version + 1,
  editors: [...new Set([...request.editors, by.id])],
  schedule: undefined,
  failure: undefined,
});

export const pinnedRaw = (change: PinnedChange, index: number): RawChange => ({
  ...change,
  document: change.document ?? undefined,
  field: `changes[${index}]`,
});

export const pinnedMessage = ({ kind, key, document, expectedRevision }: PinnedChange): Change => ({
  kind,
  key,
  action: document === null ? { $case: 'delete', value: true } : { $case: 'document', value: document },
  expectedDocumentRevision: expectedRevision,
});
