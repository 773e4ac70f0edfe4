// An environment in memory for tests of the transports: documents are whatever was committed, flags answer their
// document's `value`. Client-visible are the documents that say so.
import type { EvaluationDetails, JsonValue } from '@org/contract';
import type { Delta, Document, Heartbeat, Snapshot } from '@org/contract/gen/flags/v1/document';
import { WatchResponse } from '@org/contract/gen/flags/v1/sync_service';
import type { ReportingEvaluator } from '@org/evaluator';
import type { Encoded, EnvironmentReplica, ReplicaListener, ViewName } from '../application.ts';

export interface FakeDocument {
  readonly value?: JsonValue;
  readonly clientVisible?: boolean;
  /** What its evaluation answers beside, or instead of, the value with STATIC. */
  readonly answer?: Partial<EvaluationDetails<JsonValue | undefined>>;
}

export interface FakeReplica extends EnvironmentReplica {
  /** Makes one revision; an undefined document deletes. */
  change(documents: Readonly<Record<string, FakeDocument | undefined>>): number;
  beat(): void;
  /** Starts another history, as a restore from a backup does. */
  restore(historyId: string): void;
  /** What `scheduledFlags` answers. */
  scheduled: ReadonlySet<string>;
  readonly listeners: number;
  get(key: string): { readonly revision: number; readonly document: FakeDocument } | undefined;
}

const serverTime = { seconds: 1_700_000_000, nanos: 0 };

export function createFakeReplica(environmentId: string): FakeReplica {
  let historyId = 'history-1';
  let revision = 0;
  const documents = new Map<string, { revision: number; document: FakeDocument }>();
  const details = new Map<string, EvaluationDetails<JsonValue | undefined>>();
  const listeners = { server: new Set<ReplicaListener>(), client: new Set<ReplicaListener>() };
  const deltas: Record<ViewName, Encoded<Delta>[]> = { server: [], client: [] };

  const hash = (): string => `${historyId}-${revision}`;
  const visible = (view: ViewName, document: FakeDocument): boolean =>
    view === 'server' || document.clientVisible === true;
  const toDocument = (key: string, at: number, document: FakeDocument): Document => ({
    kind: 'flag',
    key,
    revision: at,
    json: JSON.stringify(document),
  });

  function snapshot(view: ViewName): Encoded<Snapshot> {
    const held = [...documents].filter(([, { document }]) => visible(view, document));
    return encode('snapshot', {
      environmentId,
      historyId,
      revision,
      hash: hash(),
      documents: held.map(([key, { revision: at, document }]) => toDocument(key, at, document)),
      serverTime,
      positionHash: '',
    });
  }

  function change(changed: Readonly<Record<string, FakeDocument | undefined>>): number {
    const previousRevision = revision++;
    for (const [key, document] of Object.entries(changed)) {
      details.delete(key);
      if (document === undefined) documents.delete(key);
      else documents.set(key, { revision, document });
    }
    for (const view of ['server', 'client'] as const) {
      const upserts = Object.entries(changed).flatMap(([key, document]) =>
        document !== undefined && visible(view, document) ? [toDocument(key, revision, document)] : [],
      );
      const deletes = Object.entries(changed).flatMap(([key, document]) =>
        document === undefined ? [{ kind: 'flag', key }] : [],
      );
      const head = { environmentId, historyId, previousRevision, revision, hash: hash() };
      const delta = encode('delta', { ...head, upserts, deletes, committedAt: serverTime, truncated: false });
      deltas[view].push(delta);
      for (const listener of listeners[view]) listener.delta(delta);
    }
    return revision;
  }

  const heartbeat = (): Encoded<Heartbeat> =>
    encode('heartbeat', { environmentId, historyId, revision, hash: hash(), serverTime });

  function evaluate(flagKey: string): EvaluationDetails<JsonValue | undefined> {
    const stored = documents.get(flagKey);
    if (stored === undefined)
      return { flagKey, value: undefined, reason: 'ERROR', revision: 0, errorCode: 'FLAG_NOT_FOUND' };
    const known = details.get(flagKey);
    if (known !== undefined) return known;
    const found: EvaluationDetails<JsonValue | undefined> = {
      flagKey,
      value: stored.document.value,
      variant: 'on',
      reason: 'STATIC',
      rule: 'default',
      revision: stored.revision,
      ...stored.document.answer,
    };
    details.set(flagKey, found);
    return found;
  }

  const evaluator: Pick<ReportingEvaluator, 'evaluate' | 'flagKeys' | 'reportOf'> = {
    evaluate,
    reportOf: () => undefined,
    flagKeys: () => [...documents.keys()],
  };

  return {
    environmentId,
    // Only what transports use; compiling documents is the evaluator's own business.
    evaluator: evaluator as EnvironmentReplica['evaluator'],
    hash,
    snapshot,
    heartbeat,
    change,
    scheduled: new Set(),
    get: (key) => documents.get(key),
    scheduledFlags() {
      return this.scheduled;
    },
    flagsTouchedBy: ({ upserts, deletes }) => new Set([...upserts, ...deletes].map(({ key }) => key)),
    deltasAfter(view, history, after, limit) {
      const found = deltas[view].filter(({ message }) => message.revision > after);
      return history === historyId && found.length === revision - after ? found.slice(0, limit) : undefined;
    },
    subscribe(view, listener) {
      listeners[view].add(listener);
      return () => void listeners[view].delete(listener);
    },
    beat() {
      for (const view of ['server', 'client'] as const)
        for (const listener of listeners[view]) listener.heartbeat(heartbeat());
    },
    restore(newHistoryId) {
      historyId = newHistoryId;
      deltas.server = [];
      deltas.client = [];
      for (const view of ['server', 'client'] as const)
        for (const listener of listeners[view]) listener.reset();
    },
    get historyId() {
      return historyId;
    },
    get revision() {
      return revision;
    },
    get listeners() {
      return listeners.server.size + listeners.client.size;
    },
  };
}

type Case = Extract<NonNullable<WatchResponse['message']>, { $case: string }>['$case'];

function encode<T>($case: Case, value: T): Encoded<T> {
  const response = { message: { $case, value } } as unknown as WatchResponse;
  return {
    message: value,
    watchBytes: Buffer.from(WatchResponse.encode(response).finish()),
    watchLine: Buffer.from(`${JSON.stringify(WatchResponse.toJSON(response))}\n`),
  };
}
