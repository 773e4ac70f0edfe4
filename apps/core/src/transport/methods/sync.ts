// SyncService's unary methods: snapshots and deltas from the replica in memory, reports into the fleet.
import { fail, limits, succeed } from '@org/contract';
import type { Fault } from '@org/contract';
import type { Delta } from '@org/contract/gen/flags/v1/document';
import { SyncServiceDefinition } from '@org/contract/gen/flags/v1/sync_service';
import type { Instance } from '@org/contract/gen/flags/v1/sync_service';
import type { EnvironmentReplica, Encoded, ViewName } from '../../application.ts';
import { attachEncoded } from '../pre-encoded.ts';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { replicaOf } from './replica-of.ts';

const { methods } = SyncServiceDefinition;
/** An answer of GetDeltas stops before this and leaves the rest to the next call. */
const deltasBytesMax = 8 * 1024 * 1024;
const problemsKeptMax = 100;
const instanceTextCharsMax = 200;

export const syncMethods = {
  'flags.v1.SyncService/GetSnapshot': environmentMethod(
    methods.getSnapshot,
    (application, grant, request) => {
      const found = replicaOf(application, grant);
      if (!found.ok) return found;
      const replica = found.value;
      const notModified =
        request.historyId === replica.historyId &&
        request.revision === replica.revision &&
        request.hash === replica.hash(grant.view);
      if (notModified) return succeed({ snapshot: undefined, notModified });
      const { message, watchBytes, watchLine } = replica.snapshot(grant.view);
      // GetSnapshotResponse and WatchResponse hold the snapshot in the same field, so the same bytes serve both.
      return succeed(
        attachEncoded({ snapshot: message, notModified }, { bytes: watchBytes, json: watchLine }),
      );
    },
  ),
  'flags.v1.SyncService/GetDeltas': environmentMethod(methods.getDeltas, (application, grant, request) => {
    if (request.limit > limits.deltasPerResponseMax) return tooManyDeltas;
    const found = replicaOf(application, grant);
    if (!found.ok) return found;
    const limit = request.limit || limits.deltasPerResponseMax;
    const deltas = deltasAfter(found.value, grant.view, request.historyId, request.fromRevision, limit);
    if (deltas === undefined) return deltasUnavailable(found.value);
    return succeed({ deltas: withinBytes(deltas), head: found.value.heartbeat(grant.view).message });
  }),
  'flags.v1.SyncService/ReportApplied': environmentMethod(
    methods.reportApplied,
    (application, grant, request) => {
      const fault = instanceFault(request.instance);
      if (fault !== undefined) return { ok: false, fault };
      application.fleet.report(grant, { ...request, problems: request.problems.slice(0, problemsKeptMax) });
      return succeed({});
    },
  ),
  'flags.v1.SyncService/GetListChunks': environmentMethod(
    methods.getListChunks,
    async (application, grant, request) => {
      if (request.hashes.length > limits.listChunksPerResponseMax) return tooManyChunks;
      const found = await application.lists.chunks(grant, request.hashes);
      return found.ok ? succeed({ chunks: [...found.value] }) : found;
    },
  ),
  'flags.v1.SyncService/GetPushAccess': environmentMethod(
    methods.getPushAccess,
    async (application, grant, request) => {
      const fault = instanceFault(request.instance);
      if (fault !== undefined) return { ok: false, fault };
      if (application.push === undefined) return succeed({ nats: undefined });
      const instanceId = request.instance?.id ?? '';
      const access = await application.push.grant(grant.environmentId, grant.caller.keyId, instanceId);
      return access.ok ? succeed({ nats: access.value }) : access;
    },
  ),
} satisfies Omit<UnaryTable<'SyncService'>, 'flags.v1.SyncService/Watch'>;

/** The deltas after a revision; none for a caller ahead of this replica, undefined when only a snapshot helps. */
export function deltasAfter(
  replica: EnvironmentReplica,
  view: ViewName,
  historyId: string,
  revision: number,
  limit: number,
): readonly Encoded<Delta>[] | undefined {
  if (historyId !== replica.historyId) return undefined;
  return revision >= replica.revision ? [] : replica.deltasAfter(view, historyId, revision, limit);
}

function withinBytes(deltas: readonly Encoded<Delta>[]): Delta[] {
  let bytes = 0;
  const cut = deltas.findIndex(
    ({ watchBytes }, index) => (bytes += watchBytes.length) > deltasBytesMax && index > 0,
  );
  return deltas.slice(0, cut === -1 ? deltas.length : cut).map(({ message }) => message);
}

const tooManyDeltas = fail('INVALID_REQUEST', `limit is at most ${limits.deltasPerResponseMax}.`, {
  violations: [
    {
      field: 'limit',
      rule: 'max',
      message: `At most ${limits.deltasPerResponseMax} deltas fit in an answer.`,
    },
  ],
});

const tooManyChunks = fail('INVALID_REQUEST', 'Too many chunks.', {
  violations: [
    {
      field: 'hashes',
      rule: 'max_items',
      message: `At most ${limits.listChunksPerResponseMax} chunks are asked for at once.`,
    },
  ],
});

function deltasUnavailable({ historyId, revision }: EnvironmentReplica): ReturnType<typeof fail> {
  const metadata = { historyId, currentRevision: String(revision) };
  return fail('DELTAS_UNAVAILABLE', 'These deltas are no longer kept, or belong to another history.', {
    metadata,
  });
}

function instanceFault(instance: Instance | undefined): Fault | undefined {
  const texts = {
    id: instance?.id,
    sdk: instance?.sdk,
    version: instance?.version,
    application: instance?.application,
  };
  const violations = Object.entries(texts).flatMap(([name, text]) => {
    const field = `instance.${name}`;
    if (name === 'id' && !text) return [{ field, rule: 'required', message: `${field} must be set.` }];
    if ((text ?? '').length <= instanceTextCharsMax) return [];
    return [
      { field, rule: 'max_length', message: `${field} has at most ${instanceTextCharsMax} characters.` },
    ];
  });
  if (violations.length === 0) return undefined;
  return fail('INVALID_REQUEST', 'The instance cannot be told apart from others.', { violations }).fault;
}
