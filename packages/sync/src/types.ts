// What travels between a core and a client, and what the client machine is told and asks for. Structurally the messages
// of proto flags.v1, so that generated code fits without conversion. Types only.

/** A document as it travels: canonical JSON and its place in history. */
export interface SyncDocument {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  readonly json: string;
}

export interface SyncDocumentRef {
  readonly kind: string;
  readonly key: string;
}

/** A point in a history: which one, how far, and what the view hashes to there. */
export interface Position {
  readonly historyId: string;
  readonly revision: number;
  readonly hash: string;
}

/** The whole state of a view. */
export interface SyncSnapshot extends Position {
  readonly documents: readonly SyncDocument[];
  /** Hash of the position; empty or left out by servers and files that have none. */
  readonly positionHash?: string;
}

/** One revision's change. */
export interface SyncDelta extends Position {
  readonly previousRevision: number;
  readonly upserts: readonly SyncDocument[];
  readonly deletes: readonly SyncDocumentRef[];
  /** True: too large to travel here, fetch a snapshot. */
  readonly truncated: boolean;
}

/** A finding about one document: it is disabled, everything else runs. Structurally flags.v1.DocumentProblem. */
export interface SyncProblem {
  readonly kind: string;
  readonly key: string;
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** NOT_READY: nothing to evaluate yet. READY: confirmed lately. STALE: the last good state, unconfirmed. */
export type SyncStatus = 'NOT_READY' | 'READY' | 'STALE';

/** Why a snapshot or delta was refused: `hash` = damaged on its way, `content` = undamaged and still not applicable. */
export type RefusalReason = 'hash' | 'content';

/**
 * What happened. `connection` and `fetch` repeat the number of the action that started it; what belongs to an earlier
 * one is ignored.
 */
export type SyncEvent =
  /** Once, at the start; `cached` when a stored snapshot was loaded already. */
  | { readonly type: 'started'; readonly cached?: Position }
  /** `resumes`: the server sends what is missing by itself (Watch); else the machine fetches it (NATS). */
  | { readonly type: 'connected'; readonly connection: number; readonly resumes: boolean }
  /** `silent`: the peer gave no sign of life; else the connection was refused or ended. */
  | { readonly type: 'disconnected'; readonly connection: number; readonly silent?: boolean }
  /** A snapshot pushed by the connection, or with `fetch` the answer to fetchSnapshot. */
  | {
      readonly type: 'snapshot';
      readonly snapshot: SyncSnapshot;
      readonly connection?: number;
      readonly fetch?: number;
    }
  | { readonly type: 'delta'; readonly delta: SyncDelta; readonly connection: number }
  | { readonly type: 'heartbeat'; readonly heartbeat: Position; readonly connection: number }
  /** The answer to fetchDeltas: oldest first, with the server's head. */
  | {
      readonly type: 'deltas';
      readonly deltas: readonly SyncDelta[];
      readonly head?: Position | undefined;
      readonly fetch: number;
    }
  /** The server no longer has these deltas. */
  | { readonly type: 'deltasUnavailable'; readonly fetch: number }
  /** The server has nothing newer than the position named in fetchSnapshot. */
  | { readonly type: 'notModified'; readonly fetch: number }
  | { readonly type: 'fetchFailed'; readonly fetch: number }
  /** The load or apply just asked for was done. */
  | { readonly type: 'applied'; readonly position: Position; readonly problems: readonly SyncProblem[] }
  /** The load or apply just asked for was refused whole; the earlier state still runs. */
  | { readonly type: 'refused'; readonly reason: RefusalReason }
  | { readonly type: 'tick' };

/** Every event carries its time (monotonic milliseconds) and a random number in [0, 1). */
export type TimedSyncEvent = SyncEvent & { readonly now: number; readonly random: number };

/** What an instance tells the server about the revision it runs. */
export interface SyncReport extends Position {
  readonly status: 'APPLIED' | 'APPLIED_WITH_PROBLEMS' | 'REFUSED';
  /** With REFUSED. */
  readonly refusedRevision?: number;
  readonly problems: readonly SyncProblem[];
}

/** What to do. `load` and `apply` are answered by `applied` or `refused` before any other event. */
export type SyncAction =
  /** Open a connection; `position` is what to resume from, if anything. */
  | { readonly type: 'connect'; readonly connection: number; readonly position: Position | undefined }
  /** Close it; nothing is expected from it any more. */
  | { readonly type: 'disconnect'; readonly connection: number }
  /** Replaces any fetch under way. */
  | { readonly type: 'fetchSnapshot'; readonly fetch: number; readonly position: Position | undefined }
  /** Replaces any fetch under way. */
  | {
      readonly type: 'fetchDeltas';
      readonly fetch: number;
      readonly position: Position;
      readonly limit: number;
    }
  | { readonly type: 'load'; readonly snapshot: SyncSnapshot }
  | { readonly type: 'apply'; readonly delta: SyncDelta }
  /** The state moved: store it when convenient. */
  | { readonly type: 'persist' }
  | { readonly type: 'report'; readonly report: SyncReport }
  | { readonly type: 'state'; readonly status: SyncStatus }
  /** Send a tick at this time; replaces the earlier wish. */
  | { readonly type: 'wake'; readonly atMs: number };
