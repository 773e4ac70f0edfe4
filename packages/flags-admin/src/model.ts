// What the admin client answers with. Types only. Times are RFC 3339 texts, as the server sends them.
import type { DocumentKind, DocumentKinds, JsonValue } from '@org/contract/model';

export type Role = 'viewer' | 'operator' | 'editor' | 'approver' | 'admin';
export type PrincipalKind = 'person' | 'service' | 'automation' | 'file_source';
export type KeyKind = 'principal' | 'server' | 'client';

export interface Project {
  readonly key: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface Environment {
  /** Opaque and permanent. */
  readonly id: string;
  readonly project: string;
  readonly key: string;
  readonly name: string;
  readonly historyId: string;
  readonly revision: number;
  /** Pages of these origins may call with a client key. */
  readonly allowedOrigins: readonly string[];
  readonly createdAt: string;
}

/** A role in a scope: `*`, `project/*` or `project/environment`. */
export interface RoleBinding {
  readonly scope: string;
  readonly role: Role;
}

export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly roles: readonly RoleBinding[];
  readonly disabled: boolean;
  readonly createdAt: string;
}

export interface Key {
  /** Public: the part of the key that may stand in logs. */
  readonly id: string;
  readonly kind: KeyKind;
  readonly name: string;
  readonly principalId: string;
  /** `project/environment` of an SDK key. */
  readonly environment: string;
  readonly createdAt: string;
  /** Empty: never. */
  readonly expiresAt: string;
  /** Empty: it is good. */
  readonly revokedAt: string;
}

/** A new key. `secret` is the whole key: it is shown this once. */
export interface CreatedKey {
  readonly key: Key;
  readonly secret: string;
}

/** Whose key this is. */
export interface Identity {
  readonly keyId: string;
  readonly keyKind: KeyKind;
  readonly principal: Principal | undefined;
  /** Of an SDK key. */
  readonly environment: Environment | undefined;
}

/** A document and its place in history. `revision` is what a change of it names to be safe from others' changes. */
export interface StoredDocument<K extends DocumentKind = DocumentKind> {
  readonly kind: K;
  readonly key: string;
  readonly revision: number;
  readonly document: DocumentKinds[K];
  readonly createdAt: string;
  readonly changedAt: string;
}

export interface DocumentRef {
  readonly kind: string;
  readonly key: string;
}

/** Who changed what, when and why. */
export interface Revision {
  readonly revision: number;
  readonly committedAt: string;
  readonly principalId: string;
  readonly principalName: string;
  /** On whose behalf, as the caller said. */
  readonly author: string;
  readonly reason: string;
  readonly idempotencyKey: string;
  /** At most 1,000, by kind and key. */
  readonly changed: readonly DocumentRef[];
  readonly changedCount: number;
}

/** What a change did to one document. */
export interface DocumentDiff extends DocumentRef {
  /** Undefined where the document did not exist. */
  readonly before: object | undefined;
  readonly after: object | undefined;
  /** RFC 6902, as JSON text. */
  readonly jsonPatch: string;
  /** The same in words, a line each. */
  readonly summary: readonly string[];
  /** The documents were left out, because the answer would be too large. */
  readonly truncated: boolean;
}

export interface CommitResult {
  readonly revision: Revision;
  readonly diffs: readonly DocumentDiff[];
  readonly historyId: string;
  /** The idempotency key was seen before: nothing was done this time. */
  readonly replayed: boolean;
  /** Nothing differs from what is live: no revision was made. */
  readonly unchanged: boolean;
}

export interface RevisionDiff {
  /** At most 1,000, by kind and key. */
  readonly diffs: readonly DocumentDiff[];
  readonly fromRevision: number;
  readonly toRevision: number;
  /** More documents differ than `diffs` holds. */
  readonly more: boolean;
}

/** The answer to an evaluation on the server. */
export interface Evaluation {
  readonly flagKey: string;
  /** Undefined where a caller's default would apply. */
  readonly value: JsonValue | undefined;
  readonly variant: string;
  readonly reason: string;
  /** What decided, e.g. `rule:<id>`. */
  readonly rule: string;
  readonly revision: number;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** An SDK instance and what it runs. */
export interface FleetMember {
  readonly instanceId: string;
  readonly sdk: string;
  readonly version: string;
  readonly application: string;
  readonly revision: number;
  readonly status: 'applied' | 'refused' | 'applied_with_problems' | 'unspecified';
  readonly refusedRevision: number;
  readonly problems: readonly (DocumentRef & {
    readonly path: string;
    readonly rule: string;
    readonly message: string;
  })[];
  readonly lastSeen: string;
  readonly keyId: string;
}

/** A document that uses another one. */
export interface Usage extends DocumentRef {
  /** Where in the document, e.g. `rules[2].when.of[1]`; empty for indirect uses. */
  readonly places: readonly string[];
  readonly indirect: boolean;
  readonly blocksDeletion: boolean;
}

/** What becomes of a schedule. */
export interface ScheduleStatus {
  readonly schedule: StoredDocument<'schedule'>;
  readonly state: 'waiting' | 'paused' | 'failed' | 'ended' | 'unspecified';
  /** The next five at most. */
  readonly nextRuns: readonly string[];
  /** Empty: it did not run yet. */
  readonly lastRun: string;
  readonly failure: string;
}

/** The life of a flag: its age, its use, and whether it can leave the code. */
export interface FlagLifecycle {
  readonly key: string;
  readonly type: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly changedAt: string;
  /** Empty: not since counting began. */
  readonly lastEvaluatedAt: string;
  readonly countingSince: string;
  /** How often each variant was given; without a name: the caller's default. */
  readonly variants: readonly {
    readonly variant: string;
    readonly evaluations: number;
    readonly lastEvaluatedAt: string;
  }[];
  readonly staleness: 'none' | 'not_evaluated' | 'rolled_out' | 'one_variant' | 'unspecified';
  /** The variant whose value can take the flag's place in the code. */
  readonly variantToKeep: string;
  /** A sentence for people. */
  readonly advice: string;
  /** It can be deleted when nobody uses it. */
  readonly usages: readonly Usage[];
}
