// The seam inside the core: what transports (gRPC, HTTP) ask, and what the domain (commits, replicas, access, events)
// answers. Transports know no SQL, the domain knows no transport. Types only.
import type {
  Delta,
  Heartbeat,
  Revision,
  Snapshot,
  StoredDocument,
} from '@org/contract/gen/flags/v1/document';
import type {
  CommitListRequest,
  CommitRequest,
  CommitResponse,
  DiffResponse,
  FlagLifecycle,
  FleetMember,
  GetRevisionResponse,
  KillRequest,
  PutListPartRequest,
  PutListPartResponse,
  RevertRequest,
  ScheduleStatus,
  WhereUsedResponse,
} from '@org/contract/gen/flags/v1/admin_service';
import type {
  Environment,
  Key,
  KeyKind,
  Principal,
  Project,
  RoleBinding,
} from '@org/contract/gen/flags/v1/access_service';
import type { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import type {
  DecideExperimentRequest,
  ExperimentStep,
  RampExperimentRequest,
} from '@org/contract/gen/flags/v1/experiment_service';
import type {
  ListRolloutsResponse,
  RolloutStatus,
  RolloutStepRequest,
  SimulateRolloutRequest,
  SimulateRolloutResponse,
  UpdateMetricsRequest,
  UpdateMetricsResponse,
} from '@org/contract/gen/flags/v1/rollout_service';
import type { ListSourcesResponse } from '@org/contract/gen/flags/v1/source_service';
import type { ListChunk, ReportAppliedRequest } from '@org/contract/gen/flags/v1/sync_service';
import type {
  AuditEntry,
  VerifyAuditRequest,
  VerifyAuditResponse,
} from '@org/contract/gen/flags/v1/audit_service';
import type {
  ApplyChangeRequestRequest,
  ApplyChangeRequestResponse,
  BypassChangeRequestRequest,
  ChangeRequest,
  EditChangeRequestRequest,
  ProposeChangeRequest,
  ReviewChangeRequestRequest,
  WithdrawChangeRequestRequest,
} from '@org/contract/gen/flags/v1/change_request_service';
import type {
  AnnotateRequest,
  Annotation,
  GetStateResponse,
} from '@org/contract/gen/flags/v1/history_service';
import type { Result } from '@org/contract';
import type { SourceGlance } from './sources/source-jobs.ts';
import type { RolloutAction } from '@org/contract/model';
import type { ReportingEvaluator } from '@org/evaluator';
import type { ConfigEvaluator } from '@org/evaluator/config';
import type { AlertUseCases } from './application-alerts.ts';

export type { Revision, StoredDocument };

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
  readonly evaluator: ReportingEvaluator & ConfigEvaluator;
  hash(view: ViewName): string;
  /** Cached per revision and view. */
  snapshot(view: ViewName): Encoded<Snapshot>;
  /** Deltas after a revision, oldest first; undefined when they are no longer held or the history is another one. */
  deltasAfter(
    view: ViewName,
    historyId: string,
    revision: number,
    limit: number,
  ): readonly Encoded<Delta>[] | undefined;
  heartbeat(view: ViewName): Encoded<Heartbeat>;
  /** The flags that a delta of the server view may give other answers; 'all' when that cannot be told. */
  flagsTouchedBy(delta: Delta): ReadonlySet<string> | 'all';
  /** Flags that a schedule waits to change. */
  scheduledFlags(): ReadonlySet<string>;
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

/** Which documents a list is to hold; what is empty or false asks for nothing. */
export interface DocumentFilter {
  readonly kind: string;
  readonly keyContains: string;
  readonly tags?: readonly string[];
  readonly owner?: string;
  readonly text?: string;
  readonly stale?: boolean;
  readonly staleAfterDays?: number;
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
    listDocuments(
      grant: EnvironmentGrant,
      page: PageRequest & DocumentFilter,
    ): Promise<Result<Page<StoredDocument> & { revision: number }>>;
    whereUsed(grant: EnvironmentGrant, kind: string, key: string): Promise<Result<WhereUsedResponse>>;
    listSchedules(grant: EnvironmentGrant, page: PageRequest): Promise<Result<Page<ScheduleStatus>>>;
    listLifecycle(
      grant: EnvironmentGrant,
      page: PageRequest & { staleAfterDays: number; staleOnly: boolean },
    ): Promise<Result<Page<FlagLifecycle> & { revision: number }>>;
    listHistory(
      grant: EnvironmentGrant,
      page: PageRequest & { kind: string; key: string },
    ): Promise<Result<Page<Revision>>>;
    getRevision(grant: EnvironmentGrant, revision: number): Promise<Result<GetRevisionResponse>>;
    diff(grant: EnvironmentGrant, fromRevision: number, toRevision: number): Promise<Result<DiffResponse>>;
  };
  readonly lists: {
    putPart(grant: EnvironmentGrant, request: PutListPartRequest): Promise<Result<PutListPartResponse>>;
    commit(grant: EnvironmentGrant, request: CommitListRequest): Promise<Result<CommitResponse>>;
    members(grant: EnvironmentGrant, key: string, ids: readonly string[]): Result<readonly string[]>;
    /** By name; what is not there is left out. */
    chunks(grant: EnvironmentGrant, names: readonly string[]): Promise<Result<readonly ListChunk[]>>;
  };
  readonly fleet: {
    report(grant: EnvironmentGrant, request: ReportAppliedRequest): void;
    /** Members of every core; of this core only while the database does not answer. */
    list(
      grant: EnvironmentGrant,
      page: PageRequest,
    ): Promise<Result<Page<FleetMember> & { revision: number }>>;
  };
  readonly events: {
    record(grant: EnvironmentGrant, request: RecordRequest): Promise<Result<{ duplicate: boolean }>>;
  };
  /** The steps of an experiment's life. */
  readonly experiments: {
    start(grant: EnvironmentGrant, request: ExperimentStep): Promise<Result<CommitResponse>>;
    ramp(grant: EnvironmentGrant, request: RampExperimentRequest): Promise<Result<CommitResponse>>;
    stop(grant: EnvironmentGrant, request: ExperimentStep): Promise<Result<CommitResponse>>;
    decide(grant: EnvironmentGrant, request: DecideExperimentRequest): Promise<Result<CommitResponse>>;
  };
  /** The steps of a rollout's life, and how it stands. */
  readonly rollouts: {
    /** `stage`: what is approved, from 1; 0 for the next one. */
    step(
      grant: EnvironmentGrant,
      action: Exclude<RolloutAction, 'complete'>,
      request: Omit<RolloutStepRequest, 'environment'>,
      stage?: number,
    ): Promise<Result<CommitResponse>>;
    updateMetrics(
      grant: EnvironmentGrant,
      request: UpdateMetricsRequest,
    ): Promise<Result<UpdateMetricsResponse>>;
    status(grant: EnvironmentGrant, key: string): Promise<Result<RolloutStatus>>;
    list(grant: EnvironmentGrant, page: PageRequest): Promise<Result<ListRolloutsResponse>>;
    simulate(
      grant: EnvironmentGrant,
      request: SimulateRolloutRequest,
    ): Promise<Result<SimulateRolloutResponse>>;
  };
  /** Changes that others look at before they are made. */
  readonly changeRequests: {
    propose(grant: EnvironmentGrant, request: ProposeChangeRequest): Promise<Result<ChangeRequest>>;
    edit(grant: EnvironmentGrant, request: EditChangeRequestRequest): Promise<Result<ChangeRequest>>;
    review(grant: EnvironmentGrant, request: ReviewChangeRequestRequest): Promise<Result<ChangeRequest>>;
    apply(
      grant: EnvironmentGrant,
      request: ApplyChangeRequestRequest,
    ): Promise<Result<ApplyChangeRequestResponse>>;
    bypass(
      grant: EnvironmentGrant,
      request: BypassChangeRequestRequest,
    ): Promise<Result<ApplyChangeRequestResponse>>;
    withdraw(grant: EnvironmentGrant, request: WithdrawChangeRequestRequest): Promise<Result<ChangeRequest>>;
    get(grant: EnvironmentGrant, number: number): Promise<Result<ChangeRequest>>;
    list(
      grant: EnvironmentGrant,
      page: PageRequest & { readonly openOnly: boolean },
    ): Promise<Result<Page<ChangeRequest>>>;
  };
  /** The past: states of back then, and notes on revisions. */
  readonly history: {
    state(
      grant: EnvironmentGrant,
      page: PageRequest & { readonly revision: number; readonly kind: string },
    ): Promise<Result<GetStateResponse>>;
    annotate(grant: EnvironmentGrant, request: AnnotateRequest): Promise<Result<Annotation>>;
    annotations(
      grant: EnvironmentGrant,
      page: PageRequest & { readonly revision: number },
    ): Promise<Result<Page<Annotation>>>;
  };
  /** The audit log of the installation, for callers that were authorised. */
  readonly audit: {
    list(page: PageRequest & { readonly action: string }): Promise<Result<Page<AuditEntry>>>;
    verify(request: VerifyAuditRequest): Promise<Result<VerifyAuditResponse>>;
  };
  /** How alerts stand, and who is told. */
  readonly alerts: AlertUseCases;
  /** Where documents come from besides callers, and how that stands. */
  readonly sources: {
    list(grant: EnvironmentGrant): Promise<Result<ListSourcesResponse>>;
  };
  readonly analytics: AnalyticsPort;
  readonly access: AccessDirectory;
  readonly push: PushAccess | undefined;
}

/** The analytics process, which answers what the events say. */
export interface AnalyticsPort {
  /**
   * `method` as in the contract; protobuf of its messages, the environment named by its id. Whoever asks for a caller has
   * a grant; the runner asks for nobody.
   */
  ask(
    grant: Pick<EnvironmentGrant, 'environmentId'>,
    method: string,
    request: Uint8Array,
  ): Promise<Result<Uint8Array>>;
}

/**
 * Principals, keys, projects and environments. Callers have already been authorised for these by the access table;
 * `actor` is who asks, for the audit log. Lists are by creation.
 */
export interface AccessDirectory {
  /** Looks the key up by the SHA-256 of its text; undefined for unknown, revoked or expired keys and disabled principals. */
  authenticate(secret: string): Promise<Result<Caller | undefined>>;
  /** Called with the ids of keys that ended (revoked, expired, principal disabled), also by another core, within seconds. */
  onKeyEnded(listener: (keyId: string) => void): () => void;
  /** Called when roles or keys may be others than before, as soon as `authenticate` answers accordingly; also by another core. */
  onAccessChanged(listener: () => void): () => void;
  /** From memory. */
  environment(id: string): Environment | undefined;
  createProject(actor: Caller, key: string, name: string): Promise<Result<Project>>;
  listProjects(page: PageRequest): Promise<Result<Page<Project>>>;
  createEnvironment(actor: Caller, environment: NewEnvironment): Promise<Result<Environment>>;
  updateEnvironment(
    actor: Caller,
    id: string,
    change: { readonly name?: string | undefined; readonly allowedOrigins?: readonly string[] | undefined },
  ): Promise<Result<Environment>>;
  listEnvironments(project: string, page: PageRequest): Promise<Result<Page<Environment>>>;
  createPrincipal(actor: Caller, principal: NewPrincipal): Promise<Result<Principal>>;
  updatePrincipal(
    actor: Caller,
    id: string,
    change: { readonly roles: readonly RoleBinding[]; readonly disabled: boolean },
  ): Promise<Result<Principal>>;
  listPrincipals(page: PageRequest): Promise<Result<Page<Principal>>>;
  createPrincipalKey(actor: Caller, principalId: string, key: NewKey): Promise<Result<KeyWithSecret>>;
  createSdkKey(
    actor: Caller,
    environmentId: string,
    key: NewKey & { readonly kind: SdkKeyKind },
  ): Promise<Result<KeyWithSecret>>;
  listKeys(environmentId: string | undefined, page: PageRequest): Promise<Result<Page<Key>>>;
  /** Refuses a key of another environment as unknown. */
  revokeKey(actor: Caller, environmentId: string | undefined, keyId: string): Promise<Result<Key>>;
}

export interface NewEnvironment {
  readonly project: string;
  readonly key: string;
  readonly name: string;
  readonly allowedOrigins: readonly string[];
}
export interface NewPrincipal {
  readonly name: string;
  readonly kind: Principal['kind'];
  readonly roles: readonly RoleBinding[];
}
/** Kinds of keys that belong to an environment. */
export type SdkKeyKind = Exclude<KeyKind, 'KEY_KIND_UNSPECIFIED' | 'KEY_KIND_PRINCIPAL'>;
export interface NewKey {
  readonly name: string;
  readonly expiresAtMs: number | undefined;
}
/** The secret is shown once, here. */
export interface KeyWithSecret {
  readonly key: Key;
  readonly secret: string;
}

/** Short-lived permission to listen on the push channel. */
export interface PushAccess {
  grant(
    environmentId: string,
    keyId: string,
    instanceId: string,
  ): Promise<Result<import('@org/contract/gen/flags/v1/sync_service').NatsAccess>>;
}

/** The domain while it runs: made by `createApplication` (domain/create-application.ts). */
export interface RunningApplication {
  readonly application: Application;
  /** The key of the first admin, once, when this start made it; to be printed and forgotten. */
  readonly firstAdminKey: string | undefined;
  /** False while the store does not answer, or the replicas are not loaded yet. */
  isReady(): boolean;
  status(): ApplicationStatus;
  /** Ends timers, leases and the store. Requests under way end with faults. */
  close(): Promise<void>;
}

/** For /readyz, /metrics and logs. Numbers and names only. */
export interface ApplicationStatus {
  readonly store: 'ready' | 'unavailable' | 'full';
  readonly dialect: 'sqlite' | 'postgres';
  readonly environments: number;
  /** Whether this core holds the lease. */
  readonly publisher: 'leader' | 'follower' | 'off';
  readonly runner: 'leader' | 'follower';
  /** Revisions not yet published on the push channel. */
  readonly outboxBacklog: number;
  /** As this core saw it last; 0 where another one looks. */
  readonly alertsFiring: number;
  /** Sources of documents, as the core with the runner's lease sees them. */
  readonly sources?: readonly SourceGlance[];
  readonly counters: Readonly<Record<string, number>>;
}
