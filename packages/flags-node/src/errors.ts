// The faults of this SDK: a code, and a message that holds ids and numbers only. Must never carry a key or a context.

/** What can go wrong, by code. None of these is ever thrown by an evaluation. */
export const errorCatalogue = {
  INVALID_OPTIONS:
    'Mend the option named in the message. Thrown by createClient, and by createMemoryClient and its set, only.',
  CALL_FAILED: 'A call to the core failed; it is repeated with back-off as long as the client lives.',
  CONNECTION_LOST: 'No connection to the core; evaluation goes on with the last good state.',
  ACCESS_DENIED: 'The core refuses the key. It is tried again, in case the key is restored.',
  SNAPSHOT_REJECTED: 'A snapshot or delta was damaged or could not be applied; the last good state is kept.',
  SNAPSHOT_FILE_DAMAGED:
    'The stored snapshot is not readable and was ignored; it is replaced by the next good one.',
  SNAPSHOT_FILE_NOT_WRITTEN:
    'The snapshot could not be stored; a cold start in an outage would use an older one.',
  EVENTS_DROPPED:
    'The bounded queue of events was full; what was dropped is counted and reported to the core.',
  PUSH_UNAVAILABLE: 'The push channel cannot be used; the client watches over gRPC and tries again later.',
  STICKY_STORE_FAILED:
    'The sticky store of the application failed: units are split by their hash until it answers again.',
  LISTENER_FAILED: 'A listener or logger of the application threw; the client caught it.',
} as const;

export type FlagsErrorCode = keyof typeof errorCatalogue;

/** The one error class of this package. */
export class FlagsError extends Error {
  readonly code: FlagsErrorCode;
  /** The gRPC status code of a failed call. */
  readonly status: number | undefined;
  /** Of a lost connection: the peer gave no sign of life. */
  readonly silent: boolean;

  constructor(
    code: FlagsErrorCode,
    detail: string,
    options: { readonly cause?: unknown; readonly status?: number; readonly silent?: boolean } = {},
  ) {
    super(`[${code}] ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FlagsError';
    this.code = code;
    this.status = options.status;
    this.silent = options.silent ?? false;
  }
}

/** gRPC status codes this SDK tells apart. */
export const grpcStatus = {
  ok: 0,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  outOfRange: 11,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;
