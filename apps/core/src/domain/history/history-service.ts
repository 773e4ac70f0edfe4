// The past of an environment: its state at any revision, and the notes that people leave on revisions.
import { fail, limits, succeed, type Result } from '@org/contract';
import type { Document } from '@org/contract/gen/flags/v1/document';
import type {
  AnnotateRequest,
  Annotation,
  GetStateResponse,
} from '@org/contract/gen/flags/v1/history_service';
import type { Application, EnvironmentGrant, Page, PageRequest } from '../../application.ts';
import { lockHead } from '../../store/environment-store.ts';
import {
  readAnnotations,
  readNextKind,
  readPast,
  writeAnnotation,
  type AnnotationRow,
  type PastPosition,
} from '../../store/past-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { attempt, refuse } from '../../store/store-error.ts';
import { invalidToken, pageSizeOf, positionOf, tokenOf } from '../access/pages.ts';
import { checkText, invalidRequest } from '../commit/check-request.ts';
import { committerOf } from '../commit/commands.ts';
import { timestampOf } from '../environment/encoded.ts';
import type { Replica } from '../environment/replica.ts';
import type { Runtime } from '../ports.ts';

export interface HistoryServiceOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  replica(environmentId: string): Replica | undefined;
}

/** An answer ends early when its documents have more characters: gRPC clients take 4 MiB. */
const answerCharsMax = 2 * 1024 * 1024;
const documentsPerRead = 500;

/** Makes the use cases of HistoryService. */
export function createHistoryService(options: HistoryServiceOptions): Application['history'] {
  const { driver } = options;
  const headOf = (grant: EnvironmentGrant): number => options.replica(grant.environmentId)?.revision ?? 0;
  return {
    async state(grant, request) {
      const after = placeOf(request.pageToken);
      if (after === undefined) return invalidToken();
      if (request.revision > headOf(grant))
        return fail('NOT_FOUND', `The head is revision ${headOf(grant)}.`);
      const start = after.kind === '' ? { kind: request.kind, key: '' } : after;
      return attempt(() => stateAt(driver, grant.environmentId, request, start));
    },
    annotate: (grant, request) => annotate(options, grant, request),
    annotations: (grant, request) => listAnnotations(driver, grant, request),
  };
}

const firstPlace: PastPosition = { kind: '', key: '' };

/** Undefined for a token that nobody gave out. Kinds have no blanks. */
function placeOf(pageToken: string): PastPosition | undefined {
  const position = positionOf(pageToken);
  if (position === undefined || position === '') return position === undefined ? undefined : firstPlace;
  const at = position.indexOf(' ');
  return at < 0 ? undefined : { kind: position.slice(0, at), key: position.slice(at + 1) };
}

async function stateAt(
  driver: SqlDriver,
  environmentId: string,
  request: PageRequest & { readonly revision: number; readonly kind: string },
  start: PastPosition,
): Promise<GetStateResponse> {
  const { revision } = request;
  const size = pageSizeOf(request);
  const documents: Document[] = [];
  let after = start;
  let chars = 0;
  for (;;) {
    const limit = Math.min(documentsPerRead, size - documents.length);
    const read =
      after.kind === '' ? [] : await readPast(driver, environmentId, revision, { ...after, limit });
    for (const { kind, key, state } of read) {
      after = { kind, key };
      if (state === undefined) continue;
      documents.push({ kind, key, revision: state.revision, json: state.json });
      chars += state.json.length;
      if (chars > answerCharsMax) break;
    }
    if (documents.length === size || chars > answerCharsMax)
      return { revision, documents, nextPageToken: tokenOf(`${after.kind} ${after.key}`) };
    if (after.kind !== '' && read.length === limit) continue;
    const kind = request.kind === '' ? await readNextKind(driver, environmentId, after.kind) : undefined;
    if (kind === undefined) return { revision, documents, nextPageToken: '' };
    after = { kind, key: '' };
  }
}

async function annotate(
  { driver, runtime, replica }: HistoryServiceOptions,
  grant: EnvironmentGrant,
  { revision, text, author }: AnnotateRequest,
): Promise<Result<Annotation>> {
  const invalid = invalidRequest([
    ...checkText(text, 'text', limits.reasonCharsMax, 1),
    ...checkText(author, 'author', limits.keyCharsMax),
  ]);
  if (invalid !== undefined) return invalid;
  const { environmentId, caller } = grant;
  const { principalId, principalName } = committerOf(caller);
  const head = replica(environmentId)?.revision ?? 0;
  if (revision === 0 || revision > head) return fail('NOT_FOUND', `There is no revision ${revision}.`);
  const note = { revision, text, author, principalId, principalName, atMs: runtime.now() };
  const written = await attempt(() =>
    driver.transaction(async (session) => {
      const locked = await lockHead(session, driver.dialect, environmentId);
      if (locked === undefined) refuse(fail('NOT_FOUND', 'There is no such environment.'));
      return writeAnnotation(session, environmentId, note);
    }),
  );
  return written.ok ? succeed(annotationMessage(written.value)) : written;
}

async function listAnnotations(
  driver: SqlDriver,
  { environmentId }: EnvironmentGrant,
  request: PageRequest & { readonly revision: number },
): Promise<Result<Page<Annotation>>> {
  const position = positionOf(request.pageToken);
  const below = position === '' ? Number.MAX_SAFE_INTEGER : Number(position ?? Number.NaN);
  if (!Number.isSafeInteger(below)) return invalidToken();
  const size = pageSizeOf(request);
  const { revision } = request;
  const read = await attempt(() =>
    readAnnotations(driver, environmentId, { below, limit: size + 1, revision }),
  );
  if (!read.ok) return read;
  const items = read.value.slice(0, size);
  const nextPageToken = read.value.length > size ? tokenOf(String(items.at(-1)?.number)) : '';
  return succeed({ items: items.map(annotationMessage), nextPageToken });
}

const annotationMessage = ({ atMs, ...row }: AnnotationRow): Annotation => ({
  ...row,
  at: timestampOf(atMs),
});
