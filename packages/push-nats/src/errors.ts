// What this package throws. Messages hold ids and subjects, never credentials.

/** Why something on the push channel did not happen. */
export type PushErrorCode =
  /** Not connected: the same call may succeed later. */
  | 'UNAVAILABLE'
  /** A seed, an id or a server answer that cannot be used. */
  | 'INVALID'
  /** The nats-server child does not run. */
  | 'SERVER_FAILED';

/** Error of the push channel, with a stable code. */
export class PushError extends Error {
  readonly code: PushErrorCode;

  constructor(code: PushErrorCode, message: string, options?: ErrorOptions) {
    super(`[${code}] ${message}`, options);
    this.name = 'PushError';
    this.code = code;
  }
}
