// The use cases of ChangeRequestService, for callers that were authorised. Every step is made under the lock of its
// environment; what a step says about a version is refused when the request has moved on.
import { fail, limits, succeed, type Result } from '@org/contract';
import type { CommitRequest, CommitResponse } from '@org/contract/gen/flags/v1/admin_service';
import type {
  ApplyChangeRequestRequest,
  ApplyChangeRequestResponse,
  ChangeRequest,
  EditChangeRequestRequest,
  ProposeChangeRequest,
  ReviewChangeRequestRequest,
} from '@org/contract/gen/flags/v1/change_request_service';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { Application, EnvironmentGrant, Page, PageRequest } from '../../application.ts';
import { appendAudit } from '../../store/audit-store.ts';
import {
  countChangeRequests,
  findProposal,
  readChangeRequests,
  writeChangeRequest,
} from '../../store/change-request-store.ts';
import { lockHead } from '../../store/environment-store.ts';
import type { SqlDriver, SqlTransaction } from '../../store/sql-driver.ts';
import { attempt, refuse } from '../../store/store-error.ts';
import { invalidToken, pageSizeOf, positionOf, tokenOf } from '../access/pages.ts';
import { checkText, invalidRequest } from '../commit/check-request.ts';
import { commitCommand, committerOf } from '../commit/commands.ts';
import type { CommitService } from '../commit/commit-service.ts';
import { requestHash } from '../commit/request-hash.ts';
import type { Replica } from '../environment/replica.ts';
import type { Policies } from '../policy/policies.ts';
import type { Runtime } from '../ports.ts';
import {
  edited,
  isOpen,
  stateOf,
  type Person,
  type PinnedChange,
  type StoredRequest,
} from './change-request.ts';
import {
  applyCommand,
  heldRequest,
  otherVersion,
  readHeld,
  rowWith,
  wrongState,
  writeApplied,
  type ApplyOptions,
  type HeldRequest,
} from './change-request-commands.ts';
import { neededBy, requestMessage, requestSummary } from './change-request-message.ts';

export interface ChangeRequestOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly commits: CommitService;
  readonly policies: Policies;
  replica(environmentId: string): Replica | undefined;
  /** "project/environment". */
  reference(environmentId: string): string;
}

const openMax = 1_000;
/** A request can wait for so long at most. */
const waitMsMax = 366 * 24 * 60 * 60 * 1000;

/** Makes the use cases. */
export function createChangeRequestService(options: ChangeRequestOptions): Application['changeRequests'] {
  const { driver } = options;
  return {
    propose: (grant, request) => propose(options, grant, request),
    edit: (grant, request) => edit(options, grant, request),
    review: (grant, request) => review(options, grant, request),
    apply: (grant, request) => apply(options, grant, request),
    async bypass(grant, { number, version, reason }) {
      const invalid = invalidRequest(checkText(reason, 'reason', limits.reasonCharsMax, 1));
      if (invalid !== undefined) return invalid;
      const held = await find(options, grant, number);
      return held.ok ? commit(options, grant, held.value, version, reason) : held;
    },
    withdraw: (grant, { number, scheduleOnly }) =>
      change(options, grant, number, (held) =>
        succeed({
          ...held.request,
          ...(scheduleOnly ? {} : { withdrawn: true }),
          schedule: undefined,
        }),
      ),
    async get(grant, number) {
      const held = await find(options, grant, number);
      return held.ok ? succeed(await messageOf(options, held.value)) : held;
    },
    list: (grant, page) => list(options, driver, grant, page),
  };
}

const personOf = (grant: EnvironmentGrant): Person => {
  const { principalId, principalName } = committerOf(grant.caller);
  return { id: principalId, name: principalName };
};

const messageOf = (options: ChangeRequestOptions, held: HeldRequest): Promise<ChangeRequest> =>
  requestMessage(options, held);

const missing = (): { ok: false } & Result<never> => fail('NOT_FOUND', 'There is no such change request.');

async function find(
  { driver }: ChangeRequestOptions,
  { environmentId }: EnvironmentGrant,
  number: number,
): Promise<Result<HeldRequest>> {
  const read = await attempt(() =>
    driver.transaction((session) => readHeld(session, environmentId, number), { readOnly: true }),
  );
  if (!read.ok) return read;
  return read.value === undefined ? missing() : succeed(read.value);
}

/** Work under the environment's lock. */
const locked = <T>(
  { driver }: ChangeRequestOptions,
  environmentId: string,
  work: (transaction: SqlTransaction) => Promise<T>,
): Promise<Result<T>> =>
  attempt(() =>
    driver.transaction(async (transaction) => {
      const head = await lockHead(transaction, driver.dialect, environmentId);
      if (head === undefined) refuse(fail('NOT_FOUND', 'There is no such environment.'));
      return work(transaction);
    }),
  );

/** One step of an open request. */
async function change(
  options: ChangeRequestOptions,
  { environmentId }: EnvironmentGrant,
  number: number,
  step: (held: HeldRequest) => Result<StoredRequest>,
  alongside: (transaction: SqlTransaction, request: StoredRequest) => Promise<void> = async () => undefined,
): Promise<Result<ChangeRequest>> {
  const written = await locked(options, environmentId, async (transaction) => {
    const held = await readHeld(transaction, environmentId, number);
    if (held === undefined) refuse(missing());
    if (!isOpen(held.request)) refuse(wrongState(held, 'It is closed.'));
    const next = step(held);
    if (!next.ok) refuse(next);
    const row = rowWith(held.row, next.value);
    await writeChangeRequest(transaction, row);
    await alongside(transaction, next.value);
    return { row, request: next.value };
  });
  return written.ok ? succeed(await messageOf(options, written.value)) : written;
}

/** What a trial of the changes found out. */
interface Trial {
  readonly changes: readonly PinnedChange[];
  readonly baseRevision: number;
}

/** Validates the changes as a commit would, and pins each document to its revision of this moment. */
async function tryChanges(
  options: ChangeRequestOptions,
  grant: EnvironmentGrant,
  request: Pick<ProposeChangeRequest, 'changes' | 'author' | 'reason'>,
): Promise<Result<Trial>> {
  const trial: CommitRequest = {
    ...{ environment: '', idempotencyKey: '', expectedRevision: undefined, dryRun: true },
    ...{ changes: request.changes, author: request.author, reason: request.reason },
  };
  const command = commitCommand(grant, trial);
  if (!command.ok) return command;
  let found: Trial | undefined;
  const result = await options.commits.execute({
    ...command.value,
    policy: 'proposed',
    changes(environment) {
      const { documents, revision } = environment;
      const pin = ({ kind, key, action }: Change): PinnedChange => ({
        ...{ kind, key, expectedRevision: documents.held(kind, key)?.revision ?? 0 },
        document: action?.$case === 'document' ? (action.value ?? null) : null,
      });
      found = { changes: request.changes.map(pin), baseRevision: revision };
      return command.value.changes(environment);
    },
  });
  if (!result.ok) return result;
  if (found === undefined || result.value.unchanged) return nothingToDo();
  return succeed(found);
}

const nothingToDo = (): Result<never> =>
  fail('INVALID_REQUEST', 'Nothing differs from what is live.', {
    violations: [{ field: 'changes', rule: 'unchanged', message: 'Propose something that changes.' }],
  });

async function propose(
  options: ChangeRequestOptions,
  grant: EnvironmentGrant,
  request: ProposeChangeRequest,
): Promise<Result<ChangeRequest>> {
  const { environmentId } = grant;
  const { author, reason, idempotencyKey } = request;
  const invalid = invalidRequest(checkText(idempotencyKey, 'idempotency_key', limits.idempotencyKeyCharsMax));
  if (invalid !== undefined) return invalid;
  const hash = requestHash('propose', request.changes, author, reason);
  const replayed = await replayOf(options, environmentId, idempotencyKey, hash);
  if (!replayed.ok || replayed.value !== undefined) return replayed as Result<ChangeRequest>;
  const trial = await tryChanges(options, grant, request);
  if (!trial.ok) return trial;
  const proposer = personOf(grant);
  const made: StoredRequest = {
    ...{ version: 1, proposer, editors: [proposer.id], author, reason, reviews: [] },
    ...{ proposedAtMs: options.runtime.now(), ...trial.value },
  };
  const written = await locked(options, environmentId, async (transaction) => {
    const { last, open } = await countChangeRequests(transaction, environmentId);
    if (open >= openMax) refuse(fail('LIMIT_EXCEEDED', `At most ${openMax} change requests are open.`));
    const key = { environmentId, number: last + 1, idempotencyKey, requestHash: hash };
    const row = rowWith({ ...key, isOpen: true, applyAtMs: undefined, body: '' }, made);
    await writeChangeRequest(transaction, row);
    return { row, request: made };
  });
  return written.ok ? succeed(await messageOf(options, written.value)) : written;
}

/** The request that was made with the same key; undefined: there is none. */
async function replayOf(
  options: ChangeRequestOptions,
  environmentId: string,
  idempotencyKey: string,
  hash: string,
): Promise<Result<ChangeRequest | undefined>> {
  if (idempotencyKey === '') return succeed(undefined);
  const read = await attempt(() => findProposal(options.driver, environmentId, idempotencyKey));
  if (!read.ok || read.value === undefined) return read as Result<undefined>;
  if (read.value.requestHash !== hash)
    return fail('IDEMPOTENCY_KEY_REUSED', 'The idempotency key was used for another request.');
  return succeed(await messageOf(options, heldRequest(read.value)));
}

async function edit(
  options: ChangeRequestOptions,
  grant: EnvironmentGrant,
  request: EditChangeRequestRequest,
): Promise<Result<ChangeRequest>> {
  const held = await find(options, grant, request.number);
  if (!held.ok) return held;
  const { author } = held.value.request;
  const reason = request.reason === '' ? held.value.request.reason : request.reason;
  const trial = await tryChanges(options, grant, { changes: request.changes, author, reason });
  if (!trial.ok) return trial;
  return change(
    options,
    grant,
    request.number,
    (current) =>
      otherVersion(current, request.version) ??
      succeed(edited(current.request, personOf(grant), { ...trial.value, reason })),
  );
}

async function review(
  options: ChangeRequestOptions,
  grant: EnvironmentGrant,
  { number, version, verdict, comment }: ReviewChangeRequestRequest,
): Promise<Result<ChangeRequest>> {
  const isKnown = /^VERDICT_(APPROVE|REJECT|COMMENT)$/.test(verdict);
  const invalid = invalidRequest([
    ...checkText(comment, 'comment', limits.reasonCharsMax, verdict === 'VERDICT_COMMENT' ? 1 : 0),
    ...(isKnown ? [] : [{ field: 'verdict', rule: 'required', message: 'Approve, reject or comment.' }]),
  ]);
  if (invalid !== undefined) return invalid;
  const by = personOf(grant);
  const atMs = options.runtime.now();
  const step = (held: HeldRequest): Result<StoredRequest> => {
    const moved = otherVersion(held, version);
    if (moved !== undefined) return moved;
    if (verdict === 'VERDICT_APPROVE' && held.request.editors.includes(by.id))
      return fail('PERMISSION_DENIED', 'Nobody approves what he proposed or edited himself.');
    const reviews = [...held.request.reviews, { by, verdict, comment, version, atMs }];
    if (reviews.length > reviewsMax) return fail('LIMIT_EXCEEDED', `At most ${reviewsMax} reviews.`);
    return succeed({ ...held.request, reviews });
  };
  return change(options, grant, number, step, (transaction) =>
    verdict === 'VERDICT_COMMENT'
      ? Promise.resolve()
      : appendAudit(transaction, {
          atMs,
          actorKeyId: grant.caller.keyId,
          actorPrincipalId: by.id,
          action: verdict === 'VERDICT_APPROVE' ? 'change_request.approve' : 'change_request.reject',
          target: `${grant.environmentId}/${number}`,
          details: { version },
        }),
  );
}

const reviewsMax = 200;

async function apply(
  options: ChangeRequestOptions,
  grant: EnvironmentGrant,
  { number, version, at }: ApplyChangeRequestRequest,
): Promise<Result<ApplyChangeRequestResponse>> {
  const held = await find(options, grant, number);
  if (!held.ok) return held;
  if (at === undefined) return commit(options, grant, held.value, version);
  const atMs = at.seconds * 1000 + Math.floor(at.nanos / 1e6);
  const nowMs = options.runtime.now();
  if (!(atMs > nowMs && atMs <= nowMs + waitMsMax)) return badTime();
  const schedule = { atMs, by: personOf(grant), keyId: grant.caller.keyId };
  const scheduled = await change(options, grant, number, (current) => {
    const moved = otherVersion(current, version);
    if (moved !== undefined) return moved;
    const needed = neededBy(options, current);
    const state = stateOf({ ...current.request, schedule }, needed);
    if (state !== 'CHANGE_REQUEST_STATE_SCHEDULED')
      return wrongState(current, `It needs ${needed} approval(s) before it can be given a time.`, state);
    return succeed({ ...current.request, schedule, failure: undefined });
  });
  return scheduled.ok ? succeed({ changeRequest: scheduled.value, commit: undefined }) : scheduled;
}

const badTime = (): Result<never> =>
  fail('INVALID_REQUEST', 'The time must be in the future, at most a year from now.', {
    violations: [{ field: 'at', rule: 'range', message: 'A time in the future, at most a year from now.' }],
  });

async function commit(
  options: ChangeRequestOptions,
  grant: EnvironmentGrant,
  held: HeldRequest,
  version: number,
  bypassReason?: string,
): Promise<Result<ApplyChangeRequestResponse>> {
  const committer = committerOf(grant.caller);
  const result = await applyRequest(options, held, version, {
    ...{ policies: options.policies, environment: options.reference(grant.environmentId) },
    ...{ committer, nowMs: options.runtime.now(), bypassReason },
  });
  if (!result.ok) return result;
  const after = await find(options, grant, held.row.number);
  return after.ok
    ? succeed({ changeRequest: await messageOf(options, after.value), commit: result.value })
    : after;
}

/** Makes the commit; a request whose documents are live already is closed all the same. */
export async function applyRequest(
  options: Pick<ChangeRequestOptions, 'driver' | 'commits'>,
  held: HeldRequest,
  version: number,
  how: ApplyOptions,
): Promise<Result<CommitResponse>> {
  const result = await options.commits.execute(applyCommand(held, version, how));
  if (!result.ok || !result.value.unchanged) return result;
  const { environmentId, number } = held.row;
  const closed = await attempt(() =>
    options.driver.transaction(async (transaction) => {
      await lockHead(transaction, options.driver.dialect, environmentId);
      const current = await readHeld(transaction, environmentId, number);
      if (current !== undefined && isOpen(current.request))
        await writeApplied(transaction, current, result.value.revision?.revision ?? 0, how);
    }),
  );
  return closed.ok ? result : closed;
}

async function list(
  options: ChangeRequestOptions,
  driver: SqlDriver,
  { environmentId }: EnvironmentGrant,
  request: PageRequest & { readonly openOnly: boolean },
): Promise<Result<Page<ChangeRequest>>> {
  const position = positionOf(request.pageToken);
  const below = position === '' ? Number.MAX_SAFE_INTEGER : Number(position ?? Number.NaN);
  if (!Number.isSafeInteger(below)) return invalidToken();
  const size = Math.min(pageSizeOf(request), listedMax);
  const { openOnly } = request;
  const read = await attempt(() =>
    readChangeRequests(driver, environmentId, { below, limit: size + 1, openOnly }),
  );
  if (!read.ok) return read;
  const items = read.value.slice(0, size).map(heldRequest);
  const nextPageToken = read.value.length > size ? tokenOf(String(items.at(-1)?.row.number)) : '';
  return succeed({ items: items.map((held) => requestSummary(options, held)), nextPageToken });
}

/** Their bodies are read whole, at most 1 MiB each. */
const listedMax = 50;
