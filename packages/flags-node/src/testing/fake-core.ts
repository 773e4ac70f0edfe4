// A small core for tests: a real gRPC server (@grpc/grpc-js) that speaks the contract over one environment in memory,
// and can be told to misbehave. Never used outside tests.
import {
  Server,
  ServerCredentials,
  status,
  type ServerWritableStream,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import type { Delta, Document, Heartbeat, Snapshot } from '@org/contract/gen/flags/v1/document';
import { EventServiceService, type RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import {
  SyncServiceService,
  type GetListChunksRequest,
  type NatsAccess,
  type ReportAppliedRequest,
  type WatchRequest,
  type WatchResponse,
} from '@org/contract/gen/flags/v1/sync_service';
import { canonicalJson, contentHash, createViewHash, entryHash } from '@org/sync';

type WatchStream = ServerWritableStream<WatchRequest, WatchResponse>;

/** What a test changes in one revision: documents by "kind/key"; null removes. */
export type FakeChange = Readonly<Record<string, unknown>>;

/** A history in memory, and how it is told to clients. */
export interface FakeCore {
  readonly url: string;
  readonly port: number;
  readonly head: Heartbeat;
  readonly reports: readonly ReportAppliedRequest[];
  readonly batches: readonly RecordRequest[];
  /** The contents of lists by name. */
  readonly chunks: Map<string, Uint8Array>;
  /** Keys seen in `authorization`. */
  readonly authorizations: ReadonlySet<string>;
  /** Open Watch streams. */
  readonly watchers: number;
  /** How often each method was called. */
  readonly calls: Readonly<Record<string, number>>;
  commit(change: FakeChange, options?: { readonly silent?: boolean }): void;
  heartbeat(): void;
  /** Sends a delta as it is, right or wrong. */
  send(delta: Partial<Delta>): void;
  /** As after a restore from a backup. */
  replaceHistory(historyId: string, revision: number): void;
  refuse(method: string, code: status | undefined): void;
  push: NatsAccess | undefined;
  stop(): Promise<void>;
}

/** Few, so that clients have to ask again. */
const chunksPerAnswer = 3;

const hashOf = (documents: Iterable<Document>): string => {
  const sum = createViewHash();
  for (const { kind, key, json } of documents) sum.add(entryHash(kind, key, contentHash(json)));
  return sum.hex;
};

/** Starts a core on a free port, or on the one given. */
export const startFakeCore = async (
  port = 0,
  credentials = ServerCredentials.createInsecure(),
): Promise<FakeCore> => {
  const documents = new Map<string, Document>();
  const chunks = new Map<string, Uint8Array>();
  let deltas: Delta[] = [];
  let historyId = 'history-1';
  let revision = 0;
  const watchers = new Set<WatchStream>();
  const reports: ReportAppliedRequest[] = [];
  const batches: RecordRequest[] = [];
  const authorizations = new Set<string>();
  const calls: Record<string, number> = {};
  const refused = new Map<string, status>();
  const position = () => ({
    environmentId: 'environment-1',
    historyId,
    revision,
    hash: hashOf(documents.values()),
  });
  const head = (): Heartbeat => ({ ...position(), serverTime: undefined });
  const snapshot = (): Snapshot => ({
    ...position(),
    documents: [...documents.values()],
    serverTime: undefined,
    positionHash: '',
  });

  const enter = (
    method: string,
    call: { metadata: { get(key: string): unknown[] } },
  ): { code: status } | undefined => {
    calls[method] = (calls[method] ?? 0) + 1;
    authorizations.add(String(call.metadata.get('authorization')[0]));
    const code = refused.get(method);
    return code === undefined ? undefined : { code };
  };
  const unary =
    <Request, Response>(method: string, answer: (request: Request) => Response | { code: status }) =>
    (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
      const fault = enter(method, call);
      if (fault) return callback(fault);
      const response = answer(call.request);
      if (typeof response === 'object' && response !== null && 'code' in response) return callback(response);
      callback(null, response);
    };
  const missing = (from: { historyId: string; revision: number }): Delta[] | undefined =>
    from.historyId === historyId && (deltas[0]?.previousRevision ?? revision) <= from.revision
      ? deltas.filter((delta) => delta.revision > from.revision)
      : undefined;
  const broadcast = (message: NonNullable<WatchResponse['message']>): void => {
    for (const stream of watchers) stream.write({ message });
  };

  const server = new Server();
  server.addService(SyncServiceService, {
    getSnapshot: unary('getSnapshot', (request: { historyId: string; revision: number; hash: string }) => {
      const same =
        request.historyId === historyId && request.revision === revision && request.hash === head().hash;
      return { snapshot: same ? undefined : snapshot(), notModified: same };
    }),
    getDeltas: unary('getDeltas', (request: { historyId: string; fromRevision: number; limit: number }) => {
      const found = missing({ historyId: request.historyId, revision: request.fromRevision });
      return found
        ? { deltas: found.slice(0, request.limit || 1000), head: head() }
        : { code: status.OUT_OF_RANGE };
    }),
    watch: (stream: WatchStream) => {
      const fault = enter('watch', stream);
      if (fault) return void stream.emit('error', fault);
      watchers.add(stream);
      stream.on('close', () => watchers.delete(stream));
      stream.on('cancelled', () => watchers.delete(stream));
      const found = missing(stream.request);
      if (found) for (const value of found) stream.write({ message: { $case: 'delta', value } });
      else stream.write({ message: { $case: 'snapshot', value: snapshot() } });
      stream.write({ message: { $case: 'heartbeat', value: head() } });
    },
    reportApplied: unary('reportApplied', (request: ReportAppliedRequest) => {
      reports.push(request);
      return {};
    }),
    getListChunks: unary('getListChunks', ({ hashes }: GetListChunksRequest) => ({
      chunks: hashes
        .slice(0, chunksPerAnswer)
        .flatMap((hash) => (chunks.has(hash) ? [{ hash, content: Buffer.from(chunks.get(hash)!) }] : [])),
    })),
    getPushAccess: unary('getPushAccess', () => ({ nats: core.push })),
  });
  server.addService(EventServiceService, {
    record: unary('record', (request: RecordRequest) => {
      const duplicate = batches.some(
        (batch) => batch.instanceId === request.instanceId && batch.sequence === request.sequence,
      );
      if (!duplicate) batches.push(request);
      return { duplicate };
    }),
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, actual) =>
      error ? reject(error) : resolve(actual),
    );
  });

  const core: FakeCore = {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    get head() {
      return head();
    },
    reports,
    batches,
    chunks,
    authorizations,
    get watchers() {
      return watchers.size;
    },
    calls,
    push: undefined,
    commit(change, { silent = false } = {}) {
      const previousRevision = revision;
      revision += 1;
      const delta: Delta = {
        ...head(),
        previousRevision,
        hash: '',
        upserts: [],
        deletes: [],
        committedAt: undefined,
        truncated: false,
      };
      for (const [id, document] of Object.entries(change)) {
        const [kind = '', key = ''] = id.split('/');
        if (document === null) {
          documents.delete(id);
          delta.deletes.push({ kind, key });
        } else {
          documents.set(id, { kind, key, revision, json: canonicalJson(document) });
          delta.upserts.push(documents.get(id)!);
        }
      }
      delta.hash = hashOf(documents.values());
      deltas.push(delta);
      if (!silent) broadcast({ $case: 'delta', value: delta });
    },
    heartbeat: () => broadcast({ $case: 'heartbeat', value: head() }),
    send: (delta) =>
      broadcast({
        $case: 'delta',
        value: {
          ...head(),
          previousRevision: revision,
          upserts: [],
          deletes: [],
          committedAt: undefined,
          truncated: false,
          ...delta,
        },
      }),
    replaceHistory(id, to) {
      historyId = id;
      revision = to;
      deltas = [];
    },
    refuse(method, code) {
      if (code === undefined) refused.delete(method);
      else refused.set(method, code);
    },
    stop: () =>
      new Promise((resolve) => {
        server.forceShutdown();
        server.tryShutdown(() => resolve());
      }),
  };
  return core;
};

/** A boolean flag that answers the same for everybody. */
export const booleanFlag = (on: boolean): object => ({
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  default: { variant: on ? 'on' : 'off' },
});
