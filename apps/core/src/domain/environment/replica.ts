// One environment in this process's memory: what transports read and streams listen to. Fed by the store's log alone,
// in order (`apply`), so every core holds the same. Reads never wait.
import type { Delta, Heartbeat, Snapshot } from '@org/contract/gen/flags/v1/document';
import { createEvaluator, type EvaluatedDocument, type ReportingEvaluator } from '@org/evaluator';
import { withConfigs, type ConfigEvaluator } from '@org/evaluator/config';
import { jsonLogic } from '@org/evaluator/logic';
import { positionHash } from '@org/sync';
import type { Encoded, EnvironmentReplica, ReplicaListener, ViewName } from '../../application.ts';
import type { LogEntry, LoadedEnvironment } from '../../store/environment-store.ts';
import type { Logger } from '../ports.ts';
import { saltedHash } from './client-view.ts';
import { ChunkCache } from '../lists/chunk-cache.ts';
import { DeltaLog } from './delta-log.ts';
import { deltaOf } from './delta.ts';
import { encodedDelta, encodedHeartbeat, encodedSnapshot, timestampOf } from './encoded.ts';
import { createEnvironmentState, type EnvironmentState, type StateChange } from './environment-state.ts';
import { flagsScheduled, flagsTouchedBy } from './flag-dependants.ts';
import type { View, ViewDocument } from './view.ts';

const views = ['server', 'client'] as const satisfies readonly ViewName[];

/** A replica with the ways in for the tail and the commit path. */
export interface Replica extends EnvironmentReplica {
  readonly state: EnvironmentState;
  /** The contents of the lists: what a change names must be in it before the change is applied. */
  readonly chunks: ChunkCache;
  /** Applies the next revision of the log; false when it is not the next one. What is held already is true. */
  applyEntry(entry: LogEntry): boolean;
  /** Applies a change that was previewed against the current state. */
  applyChange(change: StateChange): void;
  /** Fills the deltas held from the store's, oldest first; they must end at the current revision. */
  seedDeltas(view: ViewName, deltas: readonly Delta[]): void;
  /** Takes another state: another history, or this one after damage. Streams are told to start over. */
  replace(loaded: LoadedEnvironment): void;
  /** Sends a heartbeat to everyone who listens. */
  beat(): void;
}

/** Makes a replica of a loaded environment. */
export function createReplica(loaded: LoadedEnvironment, now: () => number, logger: Logger): Replica {
  return new MemoryReplica(loaded, now, logger);
}

class MemoryReplica implements Replica {
  readonly environmentId: string;
  readonly evaluator: ReportingEvaluator & ConfigEvaluator;
  state: EnvironmentState;
  readonly chunks = new ChunkCache();
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #deltas: Readonly<Record<ViewName, DeltaLog>> = { server: new DeltaLog(), client: new DeltaLog() };
  readonly #listeners: Readonly<Record<ViewName, Set<ReplicaListener>>> = {
    server: new Set(),
    client: new Set(),
  };
  #snapshots: Partial<Record<ViewName, Encoded<Snapshot>>> = {};
  #scheduled: ReadonlySet<string> | undefined;

  constructor(loaded: LoadedEnvironment, now: () => number, logger: Logger) {
    this.environmentId = loaded.head.environmentId;
    this.#now = now;
    this.evaluator = withConfigs(createEvaluator)({
      ...{ digest: saltedHash, logic: jsonLogic, now },
      members: (names) => this.chunks.members(names),
    });
    this.#logger = logger;
    this.state = createEnvironmentState(loaded);
    this.chunks.add(loaded.chunks ?? new Map());
    this.#loadEvaluator();
  }

  get historyId(): string {
    return this.state.historyId;
  }

  get revision(): number {
    return this.state.revision;
  }

  hash(view: ViewName): string {
    return this.#view(view).hash;
  }

  snapshot(view: ViewName): Encoded<Snapshot> {
    return (this.#snapshots[view] ??= encodedSnapshot({
      environmentId: this.environmentId,
      historyId: this.historyId,
      revision: this.revision,
      hash: this.hash(view),
      documents: this.#view(view)
        .documents()
        .map(({ kind, key, revision, json }) => ({ kind, key, revision, json })),
      serverTime: timestampOf(this.#now()),
      positionHash: positionHash({
        historyId: this.historyId,
        revision: this.revision,
        hash: this.hash(view),
      }),
    }));
  }

  deltasAfter(
    view: ViewName,
    historyId: string,
    revision: number,
    limit: number,
  ): readonly Encoded<Delta>[] | undefined {
    if (historyId !== this.historyId || revision > this.revision) return undefined;
    if (revision === this.revision) return [];
    return this.#deltas[view].after(revision, limit);
  }

  heartbeat(view: ViewName): Encoded<Heartbeat> {
    return encodedHeartbeat({
      environmentId: this.environmentId,
      historyId: this.historyId,
      revision: this.revision,
      hash: this.hash(view),
      serverTime: timestampOf(this.#now()),
    });
  }

  flagsTouchedBy(delta: Delta): ReadonlySet<string> | 'all' {
    return delta.truncated
      ? 'all'
      : flagsTouchedBy(this.state.documents, [...delta.upserts, ...delta.deletes]);
  }

  scheduledFlags(): ReadonlySet<string> {
    return (this.#scheduled ??= flagsScheduled(this.state.documents));
  }

  subscribe(view: ViewName, listener: ReplicaListener): () => void {
    this.#listeners[view].add(listener);
    return () => this.#listeners[view].delete(listener);
  }

  applyEntry(entry: LogEntry): boolean {
    if (entry.historyId !== this.historyId) return false;
    if (entry.revision <= this.revision) return true;
    if (entry.revision !== this.revision + 1) return false;
    this.applyChange(this.state.preview(entry));
    return true;
  }

  applyChange(change: StateChange): void {
    const deltas = views.map((view) => [view, encodedDelta(deltaOf(this.state, change, view))] as const);
    this.state.apply(change);
    this.#snapshots = {};
    this.#scheduled = undefined;
    const { upserts, deletes } = change.server;
    this.evaluator.apply({
      upserts: upserts.map((upsert) => this.#evaluated(upsert)),
      deletes,
      revision: change.revision,
    });
    if (change.documents.some(({ kind }) => kind === 'list')) this.chunks.prune(this.state.documents);
    for (const [view, delta] of deltas) {
      this.#deltas[view].push(delta);
      this.#tell(view, (listener) => listener.delta(delta));
    }
  }

  seedDeltas(view: ViewName, deltas: readonly Delta[]): void {
    this.#deltas[view].clear();
    for (const delta of deltas) this.#deltas[view].push(encodedDelta(delta));
  }

  replace(loaded: LoadedEnvironment): void {
    this.state = createEnvironmentState(loaded);
    this.chunks.add(loaded.chunks ?? new Map());
    this.#snapshots = {};
    this.#scheduled = undefined;
    this.#loadEvaluator();
    for (const view of views) {
      this.#deltas[view].clear();
      this.#tell(view, (listener) => listener.reset());
    }
  }

  beat(): void {
    for (const view of views) {
      if (this.#listeners[view].size === 0) continue;
      const heartbeat = this.heartbeat(view);
      this.#tell(view, (listener) => listener.heartbeat(heartbeat));
    }
  }

  /** One listener's defect must not keep the others, or the replica itself, from going on. */
  #tell(view: ViewName, tell: (listener: ReplicaListener) => void): void {
    for (const listener of this.#listeners[view]) {
      try {
        tell(listener);
      } catch (error) {
        this.#logger.error({ err: error, environmentId: this.environmentId }, 'A listener failed.');
      }
    }
  }

  #view(view: ViewName): View {
    return this.state[view];
  }

  #loadEvaluator(): void {
    this.evaluator.load(
      this.state.server.documents().map((document) => this.#evaluated(document)),
      this.revision,
    );
  }

  #evaluated({ kind, key, revision }: ViewDocument): EvaluatedDocument {
    return { kind, key, revision, document: this.state.documents.get(kind, key) };
  }
}
