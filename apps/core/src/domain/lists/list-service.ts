// Lists of members: uploads in parts, edits as commits, and the contents for those who evaluate. A commit of a list is a
// commit like any other: revision, history, delta; its members lie beside it.
import { fail, limits, succeed, type Result } from '@org/contract';
import type { CommitListRequest, PutListPartRequest } from '@org/contract/gen/flags/v1/admin_service';
import type { ListChunk } from '@org/contract/gen/flags/v1/sync_service';
import { chunksOf, memberHash, memberHigh, memberLow } from '@org/evaluator';
import type { Application, EnvironmentGrant } from '../../application.ts';
import { countParts, readChunks, readParts, writeChunks, writePart } from '../../store/list-store.ts';
import type { SqlDriver, SqlTransaction } from '../../store/sql-driver.ts';
import { attempt, refuse } from '../../store/store-error.ts';
import { callerScope, invalidRequest } from '../commit/check-request.ts';
import type { CommitCommand, LockedEnvironment } from '../commit/commit-command.ts';
import type { CommitService } from '../commit/commit-service.ts';
import { committerOf } from '../commit/commands.ts';
import { membersTaken } from '../commit/own-state.ts';
import { checkChanges, type CheckedChanges } from '../commit/proposed-change.ts';
import { requestHash } from '../commit/request-hash.ts';
import type { Replica } from '../environment/replica.ts';
import type { Runtime } from '../ports.ts';
import { checkCommit, checkIds, checkPart } from './check-list-request.ts';
import { contentOf } from './chunk-cache.ts';
import { editList, type ListChunks, type ListEditKind } from './edit-list.ts';

export interface ListServiceOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly commits: CommitService;
  replica(environmentId: string): Replica | undefined;
}

const partLifetimeMs = 24 * 60 * 60 * 1000;
/** Parts that wait in one environment; each has at most 400 kB. */
const waitingPartsMax = 2_000;
const edits: Readonly<Record<string, ListEditKind>> = {
  LIST_EDIT_ADD: 'add',
  LIST_EDIT_REMOVE: 'remove',
  LIST_EDIT_REPLACE: 'replace',
};
const noEnvironment = (): { ok: false } & Result<never> => fail('NOT_FOUND', 'There is no such environment.');

/** Makes the use cases. */
export function createListService(options: ListServiceOptions): Application['lists'] {
  return {
    putPart: (grant, request) => putPart(options, grant, request),
    async commit(grant, request) {
      const replica = options.replica(grant.environmentId);
      if (replica === undefined) return noEnvironment();
      const refused = invalidRequest(checkCommit(request));
      return refused ?? options.commits.execute(commandOf(replica, grant, request));
    },
    members(grant, key, ids) {
      const replica = options.replica(grant.environmentId);
      const list = replica?.state.documents.held('list', key);
      if (replica === undefined || list === undefined) return fail('NOT_FOUND', 'There is no such list.');
      const refused = invalidRequest(checkIds(ids, limits.pageSizeMax));
      if (refused !== undefined) return refused;
      const members = replica.chunks.members(chunksOf(list.document) ?? []);
      return succeed(ids.filter((id) => members?.has(memberHigh(id), memberLow(id)) === true));
    },
    chunks: (grant, names) => chunksFor(options, grant, names),
  };
}

async function putPart(
  { driver, runtime }: ListServiceOptions,
  { environmentId }: EnvironmentGrant,
  request: PutListPartRequest,
): ReturnType<Application['lists']['putPart']> {
  const refused = invalidRequest(checkPart(request));
  if (refused !== undefined) return refused;
  const { upload, part, ids } = request;
  const hashes = BigUint64Array.from(new Set(ids.map(memberHash)));
  const bytes = new Uint8Array(hashes.buffer);
  const atMs = runtime.now();
  const written = await attempt(() =>
    driver.transaction(async (session) => {
      const waiting = await countParts(session, environmentId);
      if (waiting >= waitingPartsMax)
        refuse(fail('LIMIT_EXCEEDED', `At most ${waitingPartsMax} parts wait in an environment.`));
      await writePart(session, { environmentId, upload, part, hashes: bytes, atMs }, atMs - partLifetimeMs);
    }),
  );
  return written.ok ? succeed({ count: hashes.length }) : written;
}

function commandOf(replica: Replica, grant: EnvironmentGrant, request: CommitListRequest): CommitCommand {
  const { key, edit, ids, upload, parts, author, reason, idempotencyKey } = request;
  return {
    environmentId: grant.environmentId,
    committer: committerOf(grant.caller),
    ...{ author, reason, idempotencyKey, idempotencyScope: callerScope(idempotencyKey) },
    ...{ dryRun: false, urgent: false, validate: true, policy: 'unproposable', ownState: membersTaken },
    requestHash: requestHash(
      ...['list', key, edit, ids, upload, parts, author, reason, request.expectedDocumentRevision ?? null],
    ),
    changes: (environment) => listChange(replica, environment, request),
  };
}

async function listChange(
  replica: Replica,
  { transaction, documents }: LockedEnvironment,
  request: CommitListRequest,
): Promise<Result<CheckedChanges>> {
  const { key, edit, ids, upload, parts, expectedDocumentRevision } = request;
  const held = documents.held('list', key)?.document;
  // Of a key that was mistyped nothing can be removed, and no list should come of it.
  if (held === undefined && edits[edit] === 'remove') return fail('NOT_FOUND', 'There is no such list.');
  const uploaded = await uploadedHashes(transaction, replica.environmentId, upload, parts);
  if (!uploaded.ok) return uploaded;
  const before = chunksBefore(replica, chunksOf(held) ?? ['']);
  if (before === undefined) return fail('INTERNAL', 'The contents of the list are not in memory.');
  const hashes = joined([...uploaded.value, BigUint64Array.from(ids, memberHash)]);
  const { count, names, made } = editList(before, edits[edit] ?? 'add', hashes);
  if (count > limits.listMembersMax) {
    const message = `The list would have ${count} members; at most ${limits.listMembersMax} are allowed.`;
    return fail('INVALID_REQUEST', message, { violations: [{ field: 'ids', rule: 'max_members', message }] });
  }
  await writeChunks(transaction, replica.environmentId, made);
  replica.chunks.add(made);
  const document = { ...held, count, chunks: names };
  const change = { kind: 'list', key, document, expectedRevision: expectedDocumentRevision, field: 'key' };
  return succeed(checkChanges([change]));
}

function chunksBefore({ chunks }: Replica, names: readonly string[]): ListChunks | undefined {
  const pairs = names.map((name) => chunks.get(name));
  return pairs.every((each) => each !== undefined) ? { names, pairs } : undefined;
}

async function uploadedHashes(
  transaction: SqlTransaction,
  environmentId: string,
  upload: string,
  parts: number,
): Promise<Result<readonly BigUint64Array[]>> {
  if (parts === 0) return succeed([]);
  const found = await readParts(transaction, environmentId, upload, parts);
  if (found.length < parts) {
    const known = new Set(found.map(({ part }) => part));
    const missing = Array.from({ length: parts }, (_, part) => part).find((part) => !known.has(part));
    const message = `Part ${missing} of the upload is not there (parts are kept for 24 hours).`;
    return fail('INVALID_REQUEST', message, {
      violations: [{ field: 'parts', rule: 'missing_part', message }],
    });
  }
  return succeed(found.map(({ hashes }) => hashesIn(hashes)));
}

/** Copied: a view of 64-bit numbers must begin at a multiple of eight. */
const hashesIn = (bytes: Uint8Array): BigUint64Array => new BigUint64Array(Uint8Array.from(bytes).buffer);

function joined(parts: readonly BigUint64Array[]): BigUint64Array {
  const all = new BigUint64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function chunksFor(
  { driver, replica }: ListServiceOptions,
  { environmentId }: EnvironmentGrant,
  names: readonly string[],
): Promise<Result<readonly ListChunk[]>> {
  const cache = replica(environmentId)?.chunks;
  const wanted = [...new Set(names)].filter((name) => name !== '');
  const absent = wanted.filter((name) => cache?.get(name) === undefined);
  const read =
    absent.length === 0 ? undefined : await attempt(() => readChunks(driver, environmentId, absent));
  if (read?.ok === false) return read;
  const chunks: ListChunk[] = [];
  let bytes = 0;
  for (const hash of wanted) {
    const pairs = cache?.get(hash);
    const content = pairs === undefined ? read?.value.get(hash) : contentOf(pairs);
    if (content === undefined) continue;
    bytes += content.byteLength;
    if (bytes > limits.listChunkBytesPerResponseMax && chunks.length > 0) break;
    chunks.push({ hash, content: Buffer.from(content) });
  }
  return succeed(chunks);
}
