// The faults of this package, one class for each thing a caller may want to tell apart. Messages hold ids, never a key.
import type { Violation } from '@org/contract';

/** A broken rule; of a commit also which document breaks it, and where in it. */
export interface FieldViolation extends Violation {
  readonly kind?: string;
  readonly key?: string;
  /** Where in the document, e.g. `rules[2].when.values`; empty for the whole document. */
  readonly path?: string;
}

/** What an error knows beside its message. */
export interface AdminErrorDetails {
  /** The reason of docs/errors.md, e.g. `REVISION_CONFLICT`; `UNREACHABLE` when no server answered. */
  readonly reason: string;
  /** Status of the HTTP answer; 0 when there was none. */
  readonly status: number;
  /** Of the server's log line. */
  readonly requestId?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly FieldViolation[];
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Every error of this package is one of these. */
export class AdminError extends Error {
  readonly reason: string;
  readonly status: number;
  readonly requestId: string | undefined;
  /** Ids and numbers about the fault, e.g. `currentRevision`. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(message: string, { reason, status, requestId, metadata = {}, cause }: AdminErrorDetails) {
    super(message.startsWith('[') ? message : `[${reason}] ${message}`, cause === undefined ? {} : { cause });
    this.name = new.target.name;
    this.reason = reason;
    this.status = status;
    this.requestId = requestId;
    this.metadata = metadata;
  }
}

/** There is no such document, environment, key or revision. */
export class NotFoundError extends AdminError {}

/** It is there already, or the idempotency key was used for another request (`IDEMPOTENCY_KEY_REUSED`). */
export class AlreadyExistsError extends AdminError {}

/** The server refused the request; `violations` names every field and the rule it breaks. */
export class InvalidError extends AdminError {
  readonly violations: readonly FieldViolation[];

  constructor(message: string, details: AdminErrorDetails) {
    super(message, details);
    this.violations = details.violations ?? [];
  }
}

/** Somebody else was faster: the document or environment is no longer at the revision that was expected. */
export class ConflictError extends AdminError {
  /** Where it is now; 0 when the document does not exist. */
  readonly currentRevision: number;

  constructor(message: string, details: AdminErrorDetails) {
    super(message, details);
    this.currentRevision = Number(details.metadata?.['currentRevision'] ?? 0);
  }
}

/** Another step comes first: a draft cannot be stopped, what is decided not be started. */
export class WrongStateError extends AdminError {
  /** Where it stands, e.g. `draft`. */
  readonly state: string;

  constructor(message: string, details: AdminErrorDetails) {
    super(message, details);
    this.state = details.metadata?.['state'] ?? '';
  }
}

/** The key is unknown or ended (`UNAUTHENTICATED`), or its principal lacks the role (`PERMISSION_DENIED`). */
export class PermissionError extends AdminError {}

/** Nobody answered, or not now. Everything that is safe to repeat was repeated before this was thrown. */
export class UnavailableError extends AdminError {
  /** How long the server asks to wait, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: AdminErrorDetails) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}
