// Changing an environment and looking at its history, for callers that were authorised (a grant). Documents are read
// from memory, history from the store.
import { fail, succeed, type Result } from '@org/contract';
import type { DiffResponse } from '@org/contract/gen/flags/v1/admin_service';
import type { Application, EnvironmentGrant, Page, PageRequest, Revision } from '../application.ts';
import { readDifference, readRevisions, type ChangeRow, type RevisionRow } from '../store/history-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { attempt } from '../store/store-error.ts';
import { invalidToken, pageSizeOf, positionOf, tokenOf } from './access/pages.ts';
import type { CommitService } from './commit/commit-service.ts';
import { commitCommand, killCommand, revertCommand } from './commit/commands.ts';
import type { Replica } from './environment/replica.ts';
import { boundedDiffs, diffsMax } from './history/bounded-diffs.ts';
import { revisionMessage } from './history/messages.ts';
import { createDocumentReads } from './document-reads.ts';
import type { UsageCounter } from './lifecycle/usage-counter.ts';
import type { Runtime } from './ports.ts';

export interface AdminServiceOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly commits: CommitService;
  readonly usage: UsageCounter;
  replica(environmentId: string): Replica | undefined;
}

const noEnvironment = (): { ok: false } & Result<never> => fail('NOT_FOUND', 'There is no such environment.');

/** Makes the use cases of AdminService. */
export function createAdminService(options: AdminServiceOptions): Application['admin'] {
  const { commits, runtime } = options;
  const execute = (command: ReturnType<typeof commitCommand>) =>
    command.ok ? commits.execute(command.value) : Promise.resolve(command);
  return {
    commit: (grant, request) => execute(commitCommand(grant, request)),
    kill: (grant, request) => execute(killCommand(grant, request, runtime.now())),
    revert: (grant, request) => execute(revertCommand(grant, request)),
    ...createDocumentReads(options),
    ...historyReads(options),
  };
}

/** Of JSON, which takes more than protobuf does where nothing but texts is sent. */
const historyBytesMax = 2 * 1024 * 1024;

function historyReads(
  options: AdminServiceOptions,
): Pick<Application['admin'], 'listHistory' | 'getRevision' | 'diff'> {
  const { driver } = options;
  return {
    listHistory: (grant, request) => listHistory(driver, grant, request),
    async getRevision(grant, revision) {
      const { environmentId } = grant;
      const read = await attempt(async () => {
        const [row] = await readRevisions(driver, environmentId, { belowRevision: revision + 1, limit: 1 });
        if (row?.revision !== revision) return undefined;
        const rows = readDifference(driver, environmentId, revision - 1, revision, diffsMax);
        return { revision: revisionMessage(row), diffs: (await boundedDiffs(rows)).diffs };
      });
      if (!read.ok) return read;
      return read.value === undefined ? fail('NOT_FOUND', 'There is no such revision.') : succeed(read.value);
    },
    diff: (grant, from, to) => diff(options, grant, from, to),
  };
}

async function listHistory(
  driver: SqlDriver,
  { environmentId }: EnvironmentGrant,
  request: PageRequest & { readonly kind: string; readonly key: string },
): Promise<Result<Page<Revision>>> {
  const position = positionOf(request.pageToken);
  const belowRevision = position === '' ? 0xffff_ffff : Number(position ?? Number.NaN);
  if (!Number.isSafeInteger(belowRevision)) return invalidToken();
  const { kind, key } = request;
  if ((kind === '') !== (key === '')) {
    const violation = {
      field: kind === '' ? 'kind' : 'key',
      rule: 'required',
      message: 'Name kind and key, or neither.',
    };
    return fail('INVALID_REQUEST', 'The document is not named completely.', { violations: [violation] });
  }
  const size = pageSizeOf(request);
  const document = kind === '' ? undefined : { kind, key };
  const read = await attempt(() => readHistoryPage(driver, environmentId, { belowRevision, size }, document));
  if (!read.ok) return read;
  const { rows, more } = read.value;
  return succeed({
    items: rows.map(revisionMessage),
    nextPageToken: more ? tokenOf(String(rows.at(-1)?.revision)) : '',
  });
}

/** Revisions read at once: each names at most 1,000 documents. */
const revisionsPerRead = 50;

/** As many revisions as fit a page, at least one; read bit by bit, so that memory stays bounded. */
async function readHistoryPage(
  driver: SqlDriver,
  environmentId: string,
  { belowRevision, size }: { readonly belowRevision: number; readonly size: number },
  document: { readonly kind: string; readonly key: string } | undefined,
): Promise<{ readonly rows: readonly RevisionRow[]; readonly more: boolean }> {
  const rows: RevisionRow[] = [];
  let bytes = 0;
  for (;;) {
    const below = rows.at(-1)?.revision ?? belowRevision;
    const limit = Math.min(revisionsPerRead, size - rows.length + 1);
    const read = await readRevisions(driver, environmentId, { belowRevision: below, limit }, document);
    for (const row of read) {
      bytes += Buffer.byteLength(JSON.stringify(row));
      if (rows.length === size || (bytes > historyBytesMax && rows.length > 0)) return { rows, more: true };
      rows.push(row);
    }
    if (read.length < limit) return { rows, more: false };
  }
}

async function diff(
  options: AdminServiceOptions,
  { environmentId }: EnvironmentGrant,
  from: number,
  to: number,
): Promise<Result<DiffResponse>> {
  const head = options.replica(environmentId)?.revision;
  if (head === undefined) return noEnvironment();
  const [fromRevision, toRevision] = [from, to === 0 ? head : to];
  if (Math.max(fromRevision, toRevision) > head) return fail('NOT_FOUND', `The head is revision ${head}.`);
  const [low, high] = [Math.min(fromRevision, toRevision), Math.max(fromRevision, toRevision)];
  const forwards = fromRevision <= toRevision;
  const read = await attempt(() => {
    const rows = readDifference(options.driver, environmentId, low, high, diffsMax + 1);
    return boundedDiffs(forwards ? rows : reversed(rows));
  });
  return read.ok ? succeed({ ...read.value, fromRevision, toRevision }) : read;
}

async function* reversed(rows: AsyncIterable<ChangeRow>): AsyncIterable<ChangeRow> {
  for await (const row of rows) yield { ...row, beforeJson: row.afterJson, afterJson: row.beforeJson };
}
