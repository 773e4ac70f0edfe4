// PostgreSQL's errors as the stores' few. https://www.postgresql.org/docs/current/errcodes-appendix.html
import { StoreError, type StoreErrorCode } from '../store-error.ts';

const unavailable: ReadonlySet<string> = new Set([
  '25006', // read_only_sql_transaction: a standby
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53200', // out_of_memory
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled (a time-out)
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '58030', // io_error
  'XX000', // internal_error: damage below us
]);
const diskFull: ReadonlySet<string> = new Set(['53100']);
/** What a write to a full disk looks like when PostgreSQL wraps it otherwise. */
const noSpace = /No space left on device/i;

const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code);

/** Whether the error is the connection's: PostgreSQL itself said nothing. */
export function isConnectionLost(error: unknown): error is StoreError {
  if (!(error instanceof StoreError) || error.code !== 'STORE_UNAVAILABLE') return false;
  const { code } = (error.cause ?? {}) as { readonly code?: unknown };
  return typeof code !== 'string' || !isSqlState(code);
}

/** Every error of `pg` is one of: refused by PostgreSQL (five-character code), or the connection's. */
export function postgresError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return new StoreError(codeOf(code, message), message, error);
}

function codeOf(code: string, message: string): StoreErrorCode {
  if (diskFull.has(code) || noSpace.test(message)) return 'STORE_FULL';
  if (code === '23505') return 'UNIQUE';
  // Codes of five characters are PostgreSQL's; class 08 is the connection's. Everything else comes from the socket.
  if (!isSqlState(code) || code.startsWith('08') || unavailable.has(code)) return 'STORE_UNAVAILABLE';
  return 'INTERNAL';
}
