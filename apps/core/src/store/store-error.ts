// The faults of the database, as the stores throw them. Use cases turn them into results with `attempt`; what is not a
// StoreError is a defect and passes through.
import { fail, succeed, type FaultCode, type Result } from '@org/contract';

export type StoreErrorCode =
  Extract<FaultCode, 'STORE_UNAVAILABLE' | 'STORE_FULL' | 'LEASE_LOST'> | 'UNIQUE' | 'INTERNAL';

const messages: Readonly<Record<Exclude<StoreErrorCode, 'UNIQUE'>, string>> = {
  STORE_UNAVAILABLE: 'The database does not answer.',
  STORE_FULL: 'The database has no space left; nothing was written.',
  LEASE_LOST: 'This core no longer holds the lease; nothing was written.',
  INTERNAL: 'The database refused a statement.',
};

/** A failed statement or transaction. The driver's own error is the cause. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(`[${code}] ${message}`, { cause });
    this.name = 'StoreError';
    this.code = code;
  }
}

/** Whether the error is a broken rule of uniqueness. */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof StoreError && error.code === 'UNIQUE';

/** A failure of the domain on its way out of a transaction, which it rolls back. Caught by `attempt`. */
export class Refusal extends Error {
  readonly result: Result<never>;

  constructor(result: { readonly ok: false } & Result<never>) {
    super(result.ok ? '' : result.fault.message);
    this.result = result;
  }
}

/** Leaves a transaction with a fault, which rolls it back. */
export function refuse(result: { readonly ok: false } & Result<never>): never {
  throw new Refusal(result);
}

/** Runs work on the store; its expected failures become faults. */
export async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return succeed(await work());
  } catch (error) {
    if (error instanceof Refusal) return error.result;
    if (!(error instanceof StoreError)) throw error;
    const code = error.code === 'UNIQUE' ? 'INTERNAL' : error.code;
    return fail(
      code,
      messages[code],
      code === 'STORE_UNAVAILABLE' || code === 'STORE_FULL' ? { retryAfterMs: 1000 } : {},
    );
  }
}
