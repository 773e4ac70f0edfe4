// Change requests: changes that others look at before they are made.
import type { Calls, ListOptions } from './calls.ts';
import { nameDocuments, wireChange, type DocumentChange } from './changes.ts';
import { stateError } from './document-errors.ts';
import type { CommitResult, DocumentDiff, DocumentRef } from './model.ts';
import type { Pages } from './pages.ts';
import {
  count,
  list,
  messageOf,
  optional,
  readCommit,
  readDocumentDiff,
  readRef,
  text,
  word,
  type Message,
} from './read-messages.ts';
import type { CallOptions } from './transport.ts';

export type ChangeRequestState =
  'proposed' | 'reviewed' | 'approved' | 'scheduled' | 'applied' | 'rejected' | 'withdrawn' | 'unspecified';
export type Verdict = 'approve' | 'reject' | 'comment';

/** What somebody said about one version. */
export interface Review {
  readonly principalId: string;
  readonly principalName: string;
  readonly verdict: Verdict;
  readonly comment: string;
  readonly version: number;
  readonly at: string;
}

export interface ChangeRequest {
  readonly number: number;
  /** Grows with every edit; whoever reviews or applies names the one that he saw. */
  readonly version: number;
  readonly state: ChangeRequestState;
  readonly reason: string;
  readonly author: string;
  readonly principalId: string;
  readonly principalName: string;
  readonly proposedAt: string;
  readonly baseRevision: number;
  /** What applying it would change now. Empty in lists, and when it is closed. */
  readonly diffs: readonly DocumentDiff[];
  readonly reviews: readonly Review[];
  readonly approvals: number;
  readonly approvalsNeeded: number;
  /** Documents that moved on since: edit it. */
  readonly conflicts: readonly DocumentRef[];
  /** Empty: it has no time. */
  readonly applyAt: string;
  /** 0: not applied. */
  readonly appliedRevision: number;
  readonly bypassReason: string;
  readonly bypassedBy: string;
  /** Why it could not be applied at its time. */
  readonly failure: string;
}

export interface AppliedChange {
  readonly changeRequest: ChangeRequest;
  /** Undefined when it waits for its time. */
  readonly commit: CommitResult | undefined;
}

type Seen = Pick<ChangeRequest, 'number' | 'version'>;

/** Steps on a version that is no longer the newest reject with ConflictError, steps out of order with WrongStateError. */
export interface ChangeRequestCalls {
  /** Validated as a commit is. @throws InvalidError with every finding */
  propose(
    changes: DocumentChange | readonly DocumentChange[],
    options?: CallOptions & {
      readonly reason?: string;
      readonly author?: string;
      readonly idempotencyKey?: string;
    },
  ): Promise<ChangeRequest>;
  /** Replaces the changes; voids every approval. */
  edit(
    seen: Seen,
    changes: DocumentChange | readonly DocumentChange[],
    options?: CallOptions & { readonly reason?: string },
  ): Promise<ChangeRequest>;
  review(
    seen: Seen,
    verdict: Verdict,
    options?: CallOptions & { readonly comment?: string },
  ): Promise<ChangeRequest>;
  /** Now, or at a time (RFC 3339). */
  apply(seen: Seen, options?: CallOptions & { readonly at?: string }): Promise<AppliedChange>;
  /** Without the approvals that lack, in an emergency; recorded with its reason. */
  bypass(seen: Seen, reason: string, options?: CallOptions): Promise<AppliedChange>;
  /** `scheduleOnly`: takes back its time, and nothing else. */
  withdraw(
    number: number,
    options?: CallOptions & { readonly scheduleOnly?: boolean },
  ): Promise<ChangeRequest>;
  /** @throws NotFoundError */
  get(number: number, options?: CallOptions): Promise<ChangeRequest>;
  /** Newest first. */
  list(options?: ListOptions & { readonly openOnly?: boolean }): Pages<ChangeRequest>;
}

const service = 'ChangeRequestService';

export function changeRequestCalls(
  { ask, make, pages }: Calls,
  ownAuthor: string,
  unique: () => string,
): ChangeRequestCalls {
  const refused = (error: unknown): never => {
    throw stateError(error);
  };
  const named = (changes: readonly DocumentChange[]) => (error: unknown) => {
    throw nameDocuments(error, changes);
  };
  return {
    async propose(changes, { reason = '', author = ownAuthor, idempotencyKey, signal } = {}) {
      const all = [changes].flat() as readonly DocumentChange[];
      const request = { reason, author, idempotencyKey: idempotencyKey ?? unique() };
      const wire = { ...request, changes: all.map(wireChange) };
      return readRequest(await ask(`${service}/ProposeChange`, wire, { signal }).catch(named(all)));
    },
    async edit({ number, version }, changes, { reason = '', signal } = {}) {
      const all = [changes].flat() as readonly DocumentChange[];
      const wire = { number, version, reason, changes: all.map(wireChange) };
      // Done twice, the second one would name a version that is gone.
      return readRequest(
        await make(`${service}/EditChangeRequest`, wire, { signal }).catch(named(all)).catch(refused),
      );
    },
    async review({ number, version }, verdict, { comment = '', signal } = {}) {
      const request = { number, version, comment, verdict: `VERDICT_${verdict.toUpperCase()}` };
      return readRequest(await make(`${service}/ReviewChangeRequest`, request, { signal }).catch(refused));
    },
    async apply({ number, version }, { at, signal } = {}) {
      const request = { number, version, at };
      return readApplied(await ask(`${service}/ApplyChangeRequest`, request, { signal }).catch(refused));
    },
    async bypass({ number, version }, reason, options) {
      const request = { number, version, reason };
      return readApplied(await ask(`${service}/BypassChangeRequest`, request, options).catch(refused));
    },
    async withdraw(number, { scheduleOnly = false, signal } = {}) {
      const request = { number, scheduleOnly };
      return readRequest(await make(`${service}/WithdrawChangeRequest`, request, { signal }).catch(refused));
    },
    get: async (number, options) =>
      readRequest(await ask(`${service}/GetChangeRequest`, { number }, options)),
    list: (options = {}) =>
      pages(`${service}/ListChangeRequests`, 'changeRequests', readRequest, { ...options }),
  };
}

const readReview = (from: Message): Review => ({
  principalId: text(from['principalId']),
  principalName: text(from['principalName']),
  verdict: word<Verdict>('VERDICT_', from['verdict']),
  comment: text(from['comment']),
  version: count(from['version']),
  at: text(from['at']),
});

const readRequest = (from: Message): ChangeRequest => ({
  number: count(from['number']),
  version: count(from['version']),
  state: word<ChangeRequestState>('CHANGE_REQUEST_STATE_', from['state']),
  reason: text(from['reason']),
  author: text(from['author']),
  principalId: text(from['principalId']),
  principalName: text(from['principalName']),
  proposedAt: text(from['proposedAt']),
  baseRevision: count(from['baseRevision']),
  diffs: list(from['diffs'], readDocumentDiff),
  reviews: list(from['reviews'], readReview),
  approvals: count(from['approvals']),
  approvalsNeeded: count(from['approvalsNeeded']),
  conflicts: list(from['conflicts'], readRef),
  applyAt: text(from['applyAt']),
  appliedRevision: count(from['appliedRevision']),
  bypassReason: text(from['bypassReason']),
  bypassedBy: text(from['bypassedBy']),
  failure: text(from['failure']),
});

const readApplied = (from: Message): AppliedChange => ({
  changeRequest: readRequest(messageOf(from['changeRequest'])),
  commit: optional(from['commit'], readCommit),
});
