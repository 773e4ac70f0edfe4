// The seam inside the core: what transports (gRPC, HTTP) ask, and what the domain (commits, replicas, access, events)
// answers. Transports know no SQL, the domain knows no transport. Types only.
import type {
  Change,
  Delta,
  DocumentDiff,
  Heartbeat,
  Revision,
  Snapshot,
  StoredDocument,
} from '@org/contract/gen/flags/v1/document';
import type {
  CommitRequest,
  CommitResponse,
  DiffResponse,
  FleetMember,
  GetRevisionResponse,
  KillRequest,
  RevertRequest,
} from '@org/contract/gen/flags/v1/admin_service';
import type { Environment, Key, KeyKind, Principal, Project, RoleBinding } from '@org/contract/gen/flags/v1/access_service';
import type { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import type { ReportAppliedRequest } from '@org/contract/gen/flags/v1/sync_service';
import type { Fault, Result } from '@org/contract';
import type { Evaluator } from '@org/evaluator';

export type { Change, DocumentDiff, Revision, StoredDocument };

export type ViewName = 'server' | 'client';

/** Who calls: the outcome of authentication, cached per key. */
export interface Caller {
  readonly keyId: string;
  readonly keyKind: KeyKind;
  /** Absent for SDK keys. */
  readonly principal?: Principal;
  /** The environment of an SDK key. */
  readonly environmentId?: string;
  /** Unix milliseconds; absent: no expiry. */
  readonly expiresAtMs?: number;
}

declare const authorized: unique symbol;
/** Proof that the caller may do what it asks in this environment. Only `authorize` makes one; use cases take nothing else. */
export interface EnvironmentGrant {
  readonly [authorized]: true;
  readonly caller: Caller;
  readonly environmentId: string;
  readonly view: ViewName;
}

/** A message that is encoded once per view and sent to many streams. */
export interface Encoded<T> {
  readonly message: T;
  /** Protobuf bytes of `WatchResponse` holding the message. */
  readonly watchBytes: Buffer;
  /** The same as a JSON line (with the line feed). */
  readonly watchLine: Buffer;
}

/** The state of one environment in this process: read only, in memory, never behind an acknowledged local commit. */
export interface EnvironmentReplica {
  readonly environmentId: string;
  readonly historyId: string;
  readonly revision: number;
  /** Compiled server view, for remote evaluation. */
  readonly evaluator: Evaluator;
  hash(view: ViewName): string;
  /** Cached per revision and view. */
  snapshot(view: ViewName): Encoded<Snapshot>;
  /** Deltas after a revision, oldest first; undefined when they are no longer held or the history is another one. */
  deltasAfter(view: ViewName, historyId: string, revision: number, limit: number): readonly Encoded<Delta>[] | undefined;
  heartbeat(view: ViewName): Encoded<Heartbeat>;
  /** Called for every delta and heartbeat, in order. */
  subscribe(view: ViewName, listener: ReplicaListener): () => void;
}

export interface ReplicaListener {
  delta(delta: Encoded<Delta>): void;
  heartbeat(heartbeat: Encoded<Heartbeat>): void;
  /** The history was replaced: send a snapshot. */
  reset(): void;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}
export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** What the domain offers to the transports. Every promise resolves; expected failures are faults. */
export interface Application {
  readonly environments: {
    /** By "project/environment" or id. */
    resolve(reference: string): { readonly id: string; readonly reference: string } | undefined;
    replica(environmentId: string): EnvironmentReplica | undefined;
    allowedOrigins(environmentId: string): readonly string[];
  };
  readonly admin: {
    commit(grant: EnvironmentGrant, request: CommitRequest): Promise<Result<CommitResponse>>;
    kill(grant: EnvironmentGrant, request: KillRequest): Promise<Result<CommitResponse>>;
    revert(grant: EnvironmentGrant, request: RevertRequest): Promise<Result<CommitResponse>>;
    getDocument(grant: EnvironmentGrant, kind: string, key: string): Promise<Result<StoredDocument>>;
    listDocuments(grant: EnvironmentGrant, page: PageRequest & { kind: string; keyContains: string }): Promise<Result<Page<StoredDocument> & { revision: number }>>;
    listHistory(grant: EnvironmentGrant, page: PageRequest & { kind: string; key: string }): Promise<Result<Page<Revision>>>;
    getRevision(grant: EnvironmentGrant, revision: number): Promise<Result<GetRevisionResponse>>;
    diff(grant: EnvironmentGrant, fromRevision: number, toRevision: number): Promise<Result<DiffResponse>>;
  };
  readonly fleet: {
    report(grant: EnvironmentGrant, request: ReportAppliedRequest): void;
    list(grant: EnvironmentGrant, page: PageRequest): Result<Page<FleetMember> & { revision: number }>;
  };
  readonly events: {
    record(grant: EnvironmentGrant, request: RecordRequest): Promise<Result<{ duplicate: boolean }>>;
  };
  readonly access: AccessDirectory;
  readonly push: PushAccess | undefined;
}

/** Principals, keys, projects and environments. Callers have already been authorised for these by the access table. */
export interface AccessDirectory {
  /** Looks the key up by the SHA-256 of its text; undefined for unknown, revoked or expired keys and disabled principals. */
  authenticate(secret: string): Promise<Result<Caller | undefined>>;
  /** Called with the ids of keys that ended (revoked, expired, principal disabled), also by another core, within seconds. */
  onKeyEnded(listener: (keyId: string) => void): () => void;
  createProject(key: string, name: string): Promise<Result<Project>>;
  listProjects(page: PageRequest): Promise<Result<Page<Project>>>;
  createEnvironment(project: string, key: string, name: string, allowedOrigins: readonly string[]): Promise<Result<Environment>>;
  updateEnvironment(id: string, change: { name?: string; allowedOrigins: readonly string[] }): Promise<Result<Environment>>;
  listEnvironments(project: string, page: PageRequest): Promise<Result<Page<Environment>>>;
  createPrincipal(name: string, kind: Principal['kind'], roles: readonly RoleBinding[]): Promise<Result<Principal>>;
  updatePrincipal(id: string, roles: readonly RoleBinding[], disabled: boolean): Promise<Result<Principal>>;
  listPrincipals(page: PageRequest): Promise<Result<Page<Principal>>>;
  createPrincipalKey(principalId: string, name: string, expiresAtMs: number | undefined): Promise<Result<{ key: Key; secret: string }>>;
  createSdkKey(environmentId: string, kind: 'SERVER' | 'CLIENT', name: string, expiresAtMs: number | undefined): Promise<Result<{ key: Key; secret: string }>>;
  listKeys(environmentId: string | undefined, page: PageRequest): Promise<Result<Page<Key>>>;
  /** Refuses a key of another environment as unknown. */
  revokeKey(environmentId: string | undefined, keyId: string): Promise<Result<Key>>;
}

/** Short-lived permission to listen on the push channel. */
export interface PushAccess {
  grant(environmentId: string, keyId: string, instanceId: string): Promise<Result<import('@org/contract/gen/flags/v1/sync_service').NatsAccess>>;
}

export type { Fault };
