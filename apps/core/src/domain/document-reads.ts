// Looking at the documents of an environment: lists, uses, schedules, ages. Documents from memory, counts from the store.
import { nextRunsOf } from '@org/automation';
import { fail, succeed, type Result } from '@org/contract';
import type { ScheduleStatus } from '@org/contract/gen/flags/v1/admin_service';
import type { Schedule } from '@org/contract/model';
import type { Application, DocumentFilter, EnvironmentGrant, PageRequest } from '../application.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { attempt } from '../store/store-error.ts';
import { countingSince } from '../store/usage-store.ts';
import { pageOf, tokenOf } from './access/pages.ts';
import { documentIdText, type HeldDocument } from './environment/document-set.ts';
import { optionalTimestampOf, timestampOf } from './environment/encoded.ts';
import type { EnvironmentState } from './environment/environment-state.ts';
import type { Replica } from './environment/replica.ts';
import { storedDocumentMessage } from './history/messages.ts';
import { lifecycleOf, verdictOf, type LifecycleFacts } from './lifecycle/lifecycle.ts';
import type { UsageCounter } from './lifecycle/usage-counter.ts';
import type { Runtime } from './ports.ts';
import { usagesMax, usagesOf } from './usage/usages.ts';

export interface DocumentReadsOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly usage: UsageCounter;
  replica(environmentId: string): Replica | undefined;
}

type Reads = Pick<
  Application['admin'],
  'getDocument' | 'listDocuments' | 'whereUsed' | 'listSchedules' | 'listLifecycle'
>;

const noEnvironment = (): { ok: false } & Result<never> => fail('NOT_FOUND', 'There is no such environment.');
const staleAfterDaysDefault = 30;
const dayMs = 86_400_000;
const nextRunsMax = 5;

/** Makes the use cases. */
export function createDocumentReads(options: DocumentReadsOptions): Reads {
  const stateOf = ({ environmentId }: EnvironmentGrant) => options.replica(environmentId)?.state;
  return {
    async getDocument(grant, kind, key) {
      const held = stateOf(grant)?.documents.held(kind, key);
      return held === undefined
        ? fail('NOT_FOUND', 'There is no such document.', { metadata: { missing: 'document' } })
        : succeed(storedDocumentMessage(held));
    },
    async listDocuments(grant, request) {
      const state = stateOf(grant);
      if (state === undefined) return noEnvironment();
      const facts = request.stale ? await factsOf(options, state, request.staleAfterDays) : undefined;
      if (facts?.ok === false) return facts;
      return listPage(state, request, (held) => fits(held, request, facts?.value));
    },
    async whereUsed(grant, kind, key) {
      const documents = stateOf(grant)?.documents;
      if (documents === undefined) return noEnvironment();
      const usages = usagesOf(documents, { kind, key });
      if (usages.length === 0 && documents.held(kind, key) === undefined)
        return fail('NOT_FOUND', 'There is no such document.');
      return succeed({ usages: usages.slice(0, usagesMax), more: usages.length > usagesMax });
    },
    async listSchedules(grant, request) {
      const documents = stateOf(grant)?.documents;
      if (documents === undefined) return noEnvironment();
      const schedules = [...documents.ofKind('schedule')].toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const page = pageOf(schedules, ({ key }) => key, request);
      return page.ok ? succeed({ ...page.value, items: page.value.items.map(scheduleStatus) }) : page;
    },
    async listLifecycle(grant, request) {
      const state = stateOf(grant);
      if (state === undefined) return noEnvironment();
      const facts = await factsOf(options, state, request.staleAfterDays);
      if (!facts.ok) return facts;
      const flags = [...state.documents.ofKind('flag')]
        .filter((held) => !request.staleOnly || isStale(held, facts.value))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const page = pageOf(flags, ({ key }) => key, request);
      if (!page.ok) return page;
      const items = page.value.items.map((held) => lifecycleOf(held, facts.value));
      return succeed({ ...page.value, items, revision: state.revision });
    },
  };
}

async function factsOf(
  { driver, runtime, usage }: DocumentReadsOptions,
  { environmentId, documents }: EnvironmentState,
  staleAfterDays = 0,
): Promise<Result<LifecycleFacts>> {
  const nowMs = runtime.now();
  const read = await attempt(async () => ({
    usage: await usage.read(environmentId),
    countingSinceMs: await countingSince(driver, nowMs),
  }));
  if (!read.ok) return read;
  const staleAfterMs = (staleAfterDays || staleAfterDaysDefault) * dayMs;
  return succeed({ ...read.value, documents, nowMs, staleAfterMs });
}

const isStale = (held: HeldDocument, facts: LifecycleFacts): boolean =>
  verdictOf(held, facts).staleness !== 'STALENESS_NONE';

/** Whether a document is one of those asked for. Kinds are told by the page. */
function fits(held: HeldDocument, filter: DocumentFilter, facts: LifecycleFacts | undefined): boolean {
  const { key, kind, document } = held;
  const tags = Array.isArray(document['tags']) ? (document['tags'] as readonly string[]) : [];
  if (!key.toLowerCase().includes(filter.keyContains.toLowerCase())) return false;
  const { owner = '', text = '' } = filter;
  if (!(filter.tags ?? []).every((tag) => tags.includes(tag))) return false;
  if (owner !== '' && document['owner'] !== owner) return false;
  if (text !== '') {
    const wanted = text.toLowerCase();
    const texts = [key, document['description'], document['owner'], ...tags];
    if (!texts.some((each) => typeof each === 'string' && each.toLowerCase().includes(wanted))) return false;
  }
  return facts === undefined || (kind === 'flag' && isStale(held, facts));
}

function listPage(
  { documents, revision }: EnvironmentState,
  request: PageRequest & DocumentFilter,
  matches: (held: HeldDocument) => boolean,
): Awaited<ReturnType<Reads['listDocuments']>> {
  const ids = documents.sortedIds().filter((id) => {
    if (request.kind !== '' && !id.startsWith(`${request.kind}/`)) return false;
    return matches(documents.byId(id) as HeldDocument);
  });
  const page = pageOf(ids, (id) => id, request);
  if (!page.ok) return page;
  const found = page.value.items.map((id) => documents.byId(id) as HeldDocument);
  const held = withinBytes(found);
  const last = held.at(-1);
  const isCut = last !== undefined && held.length < found.length;
  const nextPageToken = isCut ? tokenOf(documentIdText(last.kind, last.key)) : page.value.nextPageToken;
  return succeed({ items: held.map(storedDocumentMessage), nextPageToken, revision });
}

/** Protobuf takes up to six times the bytes of JSON, and gRPC clients take 4 MiB unless told otherwise. */
const pageBytesMax = 640 * 1024;

/** As many as fit a page, at least one. */
function withinBytes(documents: readonly HeldDocument[]): readonly HeldDocument[] {
  let bytes = 0;
  const end = documents.findIndex(({ json }, index) => {
    bytes += Buffer.byteLength(json);
    return bytes > pageBytesMax && index > 0;
  });
  return end === -1 ? documents : documents.slice(0, end);
}

function scheduleStatus(held: HeldDocument): ScheduleStatus {
  const { key, revision, changedAtMs } = held;
  const spec = held.document as unknown as Schedule;
  const nextRuns = nextRunsOf({ key, revision, changedAtMs, spec }, nextRunsMax).map(timestampOf);
  return {
    schedule: storedDocumentMessage(held),
    state: stateOfSchedule(spec, nextRuns.length),
    nextRuns,
    lastRun: optionalTimestampOf(spec.lastRun && Date.parse(spec.lastRun.at)),
    failure: spec.failed?.message ?? '',
  };
}

function stateOfSchedule({ failed, paused }: Schedule, runs: number): ScheduleStatus['state'] {
  if (failed !== undefined) return 'SCHEDULE_STATE_FAILED';
  if (paused === true) return 'SCHEDULE_STATE_PAUSED';
  return runs === 0 ? 'SCHEDULE_STATE_ENDED' : 'SCHEDULE_STATE_WAITING';
}
