// A fault that ends a question halfway: the caller is answered with it.
import { fail, type Fault } from '@org/contract';

/** Carries a fault through promises. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Some partitions cannot be asked now. */
export const partitionsAway = (detail: string): FaultError =>
  new FaultError(fail('ANALYTICS_UNAVAILABLE', detail, { retryAfterMs: 1_000 }).fault);
