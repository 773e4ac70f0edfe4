// One environment: its documents, its history, its keys. Every change is a commit with an idempotency key, so that a
// repeated request changes nothing twice.
import type { DocumentKind, EvaluationContext } from '@org/contract/model';
import { alertCalls, type AlertCalls } from './alert-calls.ts';
import { analyticsCalls, type AnalyticsCalls } from './analytics-calls.ts';
import { changeRequestCalls, type ChangeRequestCalls } from './change-request-client.ts';
import { nameDocuments, wireChange, type DocumentChange, type DocumentDraft } from './changes.ts';
import { existing, isMissingDocument, missing } from './document-errors.ts';
import { ConflictError } from './errors.ts';
import { createExperimentClient, type ExperimentClient } from './experiment-client.ts';
import type {
  CommitResult,
  CreatedKey,
  Evaluation,
  FlagLifecycle,
  FleetMember,
  Key,
  Revision,
  RevisionDiff,
  ScheduleStatus,
  StoredDocument,
  Usage,
} from './model.ts';
import { pastCalls, type PastCalls } from './past-calls.ts';
import { listCalls, type ListCalls } from './list-calls.ts';
import { createCalls, type Calls, type ListOptions } from './calls.ts';
import type { Pages } from './pages.ts';
import {
  createRolloutClient,
  readRolloutStatus,
  type RolloutClient,
  type RolloutStatus,
} from './rollout-client.ts';
import { readSources, type SourceStatus } from './source-client.ts';
import {
  list,
  readCommit,
  readCreatedKey,
  readDocument,
  readEvaluation,
  readFleetMember,
  readKey,
  readLifecycle,
  readRevision,
  readRevisionDiff,
  readRevisionWithDiffs,
  readScheduleStatus,
  readUsage,
} from './read-messages.ts';
import type { CallOptions, Transport } from './transport.ts';

/** What every change may be given. */
export interface ChangeOptions extends CallOptions {
  /** Why, for the history. */
  readonly reason?: string;
  /** On whose behalf. Left out: the environment client's author. */
  readonly author?: string;
  /** Left out: a new one for each call. Give your own to make a retry of the whole program safe. */
  readonly idempotencyKey?: string;
}

export interface CommitOptions extends ChangeOptions {
  /** Refused when the environment is no longer at this revision. */
  readonly expectedRevision?: number;
  /** Validates and answers what would happen; commits nothing. */
  readonly dryRun?: boolean;
}

/** Reads and commits again at most so often when others are faster. */
const updatesMax = 5;

/** Which documents a list holds: those to which all of it applies. */
export interface DocumentFilter {
  /** In any case. */
  readonly keyContains?: string;
  /** In key, description, owner or a tag, in any case. */
  readonly text?: string;
  readonly tags?: readonly string[];
  readonly owner?: string;
}

/** A client of one environment. Rejects with the errors of this package, and with nothing else but an abort's reason. */
export interface EnvironmentClient extends ListCalls, AnalyticsCalls, PastCalls {
  /** `project/environment`, or an id, as it was given. */
  readonly environment: string;
  /** @throws NotFoundError */
  get<K extends DocumentKind>(kind: K, key: string, options?: CallOptions): Promise<StoredDocument<K>>;
  /** The document, or undefined when it does not exist. */
  find<K extends DocumentKind>(
    kind: K,
    key: string,
    options?: CallOptions,
  ): Promise<StoredDocument<K> | undefined>;
  /** Documents by kind and key. */
  list<K extends DocumentKind>(kind?: K, options?: ListOptions & DocumentFilter): Pages<StoredDocument<K>>;
  /** All changes or none. @throws InvalidError with every finding, ConflictError */
  commit(changes: DocumentChange | readonly DocumentChange[], options?: CommitOptions): Promise<CommitResult>;
  /** Commits a document that must not exist yet. @throws AlreadyExistsError */
  create(draft: DocumentChange & DocumentDraft, options?: CommitOptions): Promise<CommitResult>;
  /**
   * Reads a document, changes it and commits it, again from the start when somebody else was faster, at most 5 times.
   * @throws NotFoundError, ConflictError
   */
  update<K extends DocumentKind>(
    kind: K,
    key: string,
    change: (stored: StoredDocument<K>) => DocumentDraft<K>['document'],
    options?: CommitOptions,
  ): Promise<CommitResult>;
  /** Switches a flag off for everybody, whatever else is going on. */
  kill(flagKey: string, options?: ChangeOptions): Promise<CommitResult>;
  /** Ends a kill. */
  revive(flagKey: string, options?: ChangeOptions): Promise<CommitResult>;
  /** Newest first; of one document or of all. */
  history(options?: ListOptions & { readonly kind?: DocumentKind; readonly key?: string }): Pages<Revision>;
  revision(revision: number, options?: CallOptions): Promise<Pick<CommitResult, 'revision' | 'diffs'>>;
  /** What differs between two revisions; the second left out: the head. */
  diff(fromRevision: number, toRevision?: number, options?: CallOptions): Promise<RevisionDiff>;
  /** Commits the state of an earlier revision, of one document or of the whole environment. */
  revert(
    toRevision: number,
    options?: ChangeOptions & {
      readonly kind?: DocumentKind;
      readonly key?: string;
      readonly expectedRevision?: number;
      /** Also takes back what was killed or revived since: killed flags may come alive again. */
      readonly kills?: boolean;
    },
  ): Promise<CommitResult>;
  /** Who uses a document, directly or through others; direct uses first, at most 1,000. */
  usages(
    kind: DocumentKind,
    key: string,
    options?: CallOptions,
  ): Promise<{ readonly usages: readonly Usage[]; readonly more: boolean }>;
  /** Schedules, when they run next and why they stopped. */
  schedules(options?: ListOptions): Pages<ScheduleStatus>;
  /** The lives of the flags; with `staleOnly` those that can leave the code. `staleAfterDays`: 30 when left out. */
  lifecycle(
    options?: ListOptions & { readonly staleAfterDays?: number; readonly staleOnly?: boolean },
  ): Pages<FlagLifecycle>;
  /** Which SDK instance runs what. */
  fleet(options?: ListOptions): Pages<FleetMember>;
  /** Changes that others look at before they are made. */
  readonly changeRequests: ChangeRequestCalls;
  /** One experiment: the steps of its life, and its results. */
  experiment(key: string): ExperimentClient;
  /** How the folders, repositories and addresses stand that the core follows. */
  sources(options?: CallOptions): Promise<readonly SourceStatus[]>;
  /** One rollout: the steps of its life, and how it stands. */
  rollout(key: string): RolloutClient;
  /** How all rollouts stand, by key. */
  rollouts(options?: ListOptions): Pages<RolloutStatus>;
  /** How alerts stand, silences, channels. */
  readonly alerts: AlertCalls;
  /** Asks the server; needs no SDK. */
  evaluate(flagKey: string, context?: EvaluationContext, options?: CallOptions): Promise<Evaluation>;
  evaluateAll(context?: EvaluationContext, options?: CallOptions): Promise<readonly Evaluation[]>;
  /** SDK keys of this environment. */
  keys(options?: ListOptions): Pages<Key>;
  /** Is not repeated by itself: a key whose answer is lost stays unused. `expiresAt` as RFC 3339. */
  createKey(
    kind: 'server' | 'client',
    options?: CallOptions & { readonly name?: string; readonly expiresAt?: string },
  ): Promise<CreatedKey>;
  revokeKey(keyId: string, options?: CallOptions): Promise<Key>;
}

/** What an environment client stands on. */
export interface EnvironmentSettings {
  readonly environment: string;
  readonly author: string;
  readonly call: Transport;
  readonly unique: () => string;
}

/** How a change is sent: who, why, and the key by which the server knows a repetition. */
type SendChange = (method: string, request: object, options: ChangeOptions) => Promise<CommitResult>;

export function createEnvironmentClient(settings: EnvironmentSettings): EnvironmentClient {
  const { environment, author, call, unique } = settings;
  const calls = createCalls(call, { environment });
  const change: SendChange = async (method, request, { reason = '', signal, ...options }) => {
    // Made once for all attempts.
    const idempotencyKey = options.idempotencyKey ?? unique();
    const who = { author: options.author ?? author, reason, idempotencyKey };
    return readCommit(await calls.ask(method, { ...request, ...who }, { signal }));
  };
  const documents = documentCalls(calls, change);
  return {
    environment,
    ...documents,
    ...commitCalls(documents, change),
    ...historyCalls(calls, change),
    ...listCalls(calls, change, unique),
    ...analyticsCalls(calls),
    ...pastCalls(calls, author),
    changeRequests: changeRequestCalls(calls, author, unique),
    experiment: (key) => createExperimentClient(calls, change, key),
    sources: async (options) => readSources(await calls.ask('SourceService/ListSources', {}, options)),
    rollout: (key) => createRolloutClient(calls, change, key),
    rollouts: (options = {}) =>
      calls.pages('RolloutService/ListRollouts', 'rollouts', readRolloutStatus, { ...options }),
    alerts: alertCalls(calls, author),
    ...otherCalls(calls),
  };
}

type DocumentCalls = Pick<EnvironmentClient, 'get' | 'find' | 'list' | 'commit'>;

function documentCalls({ ask, pages }: Calls, change: SendChange): DocumentCalls {
  const documents: DocumentCalls = {
    async get(kind, key, options) {
      const found = await ask('AdminService/GetDocument', { kind, key }, options).catch((error: unknown) => {
        throw isMissingDocument(error) ? missing(kind, key, error) : error;
      });
      return readDocument(found) as never;
    },
    async find(kind, key, options) {
      return documents.get(kind, key, options).catch((error: unknown) => {
        if (isMissingDocument(error)) return undefined;
        throw error;
      });
    },
    list: (kind, options = {}) =>
      pages('AdminService/ListDocuments', 'documents', readDocument, { ...options, kind }) as Pages<never>,
    async commit(changes, { expectedRevision, dryRun = false, ...options } = {}) {
      const all = [changes].flat() as readonly DocumentChange[];
      const request = { changes: all.map(wireChange), expectedRevision, dryRun };
      return change('AdminService/Commit', request, options).catch((error: unknown) => {
        throw nameDocuments(error, all);
      });
    },
  };
  return documents;
}

function commitCalls(
  { get, commit }: DocumentCalls,
  change: SendChange,
): Pick<EnvironmentClient, 'create' | 'update' | 'kill' | 'revive'> {
  return {
    async create(draft, options) {
      const { kind, key, document } = draft;
      return commit({ kind, key, document, expectedRevision: 0 } as DocumentChange, options).catch(
        (error: unknown) => {
          throw isConflictOf(error, key) ? existing(kind, key, error) : error;
        },
      );
    },
    async update(kind, key, make, options) {
      for (let count = 1; ; count += 1) {
        const stored = await get(kind, key, options);
        const draft = { kind, key, document: make(stored), expectedRevision: stored.revision };
        try {
          return await commit(draft as DocumentChange, options);
        } catch (error) {
          // An idempotency key of the caller's stands for one request: with other contents it would be refused.
          const isFinal = count >= updatesMax || options?.idempotencyKey !== undefined;
          if (isFinal || !isConflictOf(error, key)) throw error;
        }
      }
    },
    kill: (flagKey, options = {}) => change('AdminService/Kill', { flagKey }, options),
    revive: (flagKey, options = {}) => change('AdminService/Kill', { flagKey, restore: true }, options),
  };
}

const isConflictOf = (error: unknown, key: string): error is ConflictError =>
  error instanceof ConflictError && error.metadata['key'] === key;

function historyCalls(
  { ask, pages }: Calls,
  change: SendChange,
): Pick<EnvironmentClient, 'history' | 'revision' | 'diff' | 'revert'> {
  return {
    history: (options = {}) => pages('AdminService/ListHistory', 'revisions', readRevision, { ...options }),
    async revision(revision, options) {
      return readRevisionWithDiffs(await ask('AdminService/GetRevision', { revision }, options));
    },
    async diff(fromRevision, toRevision = 0, options = {}) {
      return readRevisionDiff(await ask('AdminService/Diff', { fromRevision, toRevision }, options));
    },
    revert: (toRevision, { kind, key, expectedRevision, kills, ...options } = {}) =>
      change('AdminService/Revert', { toRevision, kind, key, expectedRevision, kills }, options),
  };
}

function otherCalls({
  ask,
  make,
  pages,
}: Calls): Pick<
  EnvironmentClient,
  | 'usages'
  | 'schedules'
  | 'lifecycle'
  | 'fleet'
  | 'evaluate'
  | 'evaluateAll'
  | 'keys'
  | 'createKey'
  | 'revokeKey'
> {
  return {
    async usages(kind, key, options) {
      const { usages, more } = await ask('AdminService/WhereUsed', { kind, key }, options);
      return { usages: list(usages, readUsage), more: more === true };
    },
    schedules: (options = {}) =>
      pages('AdminService/ListSchedules', 'schedules', readScheduleStatus, { ...options }),
    lifecycle: (options = {}) => pages('AdminService/ListLifecycle', 'flags', readLifecycle, { ...options }),
    fleet: (options = {}) => pages('AdminService/Fleet', 'members', readFleetMember, { ...options }),
    async evaluate(flagKey, context = {}, options = {}) {
      return readEvaluation(await ask('FlagService/Evaluate', { flagKey, context }, options));
    },
    async evaluateAll(context = {}, options = {}) {
      const { evaluations } = await ask('FlagService/EvaluateAll', { context }, options);
      return list(evaluations, readEvaluation);
    },
    keys: (options = {}) => pages('AccessService/ListKeys', 'keys', readKey, { ...options }),
    async createKey(kind, { signal, ...options } = {}) {
      const request = { kind: `KEY_KIND_${kind.toUpperCase()}`, ...options };
      return readCreatedKey(await make('AccessService/CreateSdkKey', request, { signal }));
    },
    async revokeKey(keyId, options) {
      return readKey(await ask('AccessService/RevokeKey', { keyId }, options));
    },
  };
}
