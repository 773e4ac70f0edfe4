// The error catalogue: every fault the product answers with, once. docs/errors.md is generated from it.

/** How a fault travels and what to do about it. */
export interface ErrorEntry {
  /** google.rpc.Code by name. */
  readonly grpc: GrpcCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What an operator or caller does about it. */
  readonly hint: string;
}

export type GrpcCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'CANCELLED'
  | 'DEADLINE_EXCEEDED';

export const errorCatalogue = {
  INVALID_REQUEST: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    hint: 'Mend the fields named in the violations.',
  },
  INVALID_DOCUMENT: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    hint: 'Mend every finding; nothing was committed.',
  },
  UNAUTHENTICATED: {
    grpc: 'UNAUTHENTICATED',
    retryable: false,
    hint: 'Send a valid key as Bearer token or X-API-Key.',
  },
  PERMISSION_DENIED: {
    grpc: 'PERMISSION_DENIED',
    retryable: false,
    hint: 'Ask an admin for a role in this scope.',
  },
  NOT_FOUND: { grpc: 'NOT_FOUND', retryable: false, hint: 'Check the key or id.' },
  ALREADY_EXISTS: { grpc: 'ALREADY_EXISTS', retryable: false, hint: 'Choose another key.' },
  REVISION_CONFLICT: {
    grpc: 'ABORTED',
    retryable: false,
    hint: 'Read the current revision, merge, and commit again.',
  },
  APPROVAL_REQUIRED: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    hint: 'Propose the change (ProposeChange, flagsctl change propose) and have it approved; nothing was committed.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    grpc: 'ALREADY_EXISTS',
    retryable: false,
    hint: 'Use a new idempotency key for another request.',
  },
  TYPE_MISMATCH: {
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    hint: 'Ask for the type that the flag has.',
  },
  EVALUATION_FAILED: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    hint: 'The message names what the context lacks or what is wrong with it.',
  },
  WRONG_STATE: {
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    hint: 'Look at the state that the message names; another step comes first.',
  },
  BROKEN_FLAG: {
    grpc: 'DATA_LOSS',
    retryable: false,
    hint: 'The flag does not compile: mend its document.',
  },
  DELTAS_UNAVAILABLE: { grpc: 'OUT_OF_RANGE', retryable: false, hint: 'Fetch a snapshot.' },
  LIMIT_EXCEEDED: {
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: false,
    hint: 'Send less: the limit stands in the message.',
  },
  OVERLOADED: { grpc: 'RESOURCE_EXHAUSTED', retryable: true, hint: 'Retry after the given delay.' },
  STORE_UNAVAILABLE: {
    grpc: 'UNAVAILABLE',
    retryable: true,
    hint: 'The database does not answer; reads go on from memory.',
  },
  STORE_FULL: { grpc: 'UNAVAILABLE', retryable: true, hint: 'Free disk space; writes resume by themselves.' },
  EVENT_LOG_UNAVAILABLE: {
    grpc: 'UNAVAILABLE',
    retryable: true,
    hint: 'NATS does not answer, or its stream of events is full; SDKs send the same batch again.',
  },
  ANALYTICS_UNAVAILABLE: {
    grpc: 'UNAVAILABLE',
    retryable: true,
    hint: 'Start the analytics process and name it to the core in FLAGS_ANALYTICS_URL.',
  },
  SHUTTING_DOWN: { grpc: 'UNAVAILABLE', retryable: true, hint: 'Retry against another replica.' },
  LEASE_LOST: {
    grpc: 'UNAVAILABLE',
    retryable: true,
    hint: 'Another replica took over; nothing was written.',
  },
  UNIMPLEMENTED: { grpc: 'UNIMPLEMENTED', retryable: false, hint: 'This server does not know the method.' },
  INTERNAL: {
    grpc: 'INTERNAL',
    retryable: false,
    hint: 'A defect: report it with the log line of the request id.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type FaultCode = keyof typeof errorCatalogue;

/** One rule that one field breaks. */
export interface Violation {
  /** Path of the field in the request, e.g. `changes[0].document.rules[2].when.values`. */
  readonly field: string;
  /** Stable name of the rule, e.g. `required`, `max_items`, `unknown_variant`, `prerequisite_cycle`. */
  readonly rule: string;
  /** A sentence for people: what is wrong and what would be right. */
  readonly message: string;
}

/** An expected failure, as a value. Mapped to gRPC and HTTP once, at the edge. */
export interface Fault {
  readonly code: FaultCode;
  readonly message: string;
  readonly violations?: readonly Violation[];
  /** Ids and numbers only, e.g. `{currentRevision: '12'}`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export const succeed = <T>(value: T): Result<T> => ({ ok: true, value });

export const fail = (
  code: FaultCode,
  message: string,
  rest: Omit<Fault, 'code' | 'message'> = {},
): { ok: false; fault: Fault } => ({
  ok: false,
  fault: { code, message, ...rest },
});
