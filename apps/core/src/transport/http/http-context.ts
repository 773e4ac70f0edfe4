// What the HTTP port works with, beside what streams have.
import type { KnownOrigins } from '../../access/origins.ts';
import type { ByteBudget } from '../../limits/byte-budget.ts';
import type { StreamContext } from '../stream-context.ts';

export interface HttpContext extends StreamContext {
  readonly knownOrigins: KnownOrigins;
  /** Origins whose pages may use keys of principals, e.g. a console that is served from elsewhere. */
  readonly trustedOrigins: readonly string[];
  /** Bytes of request bodies held at the same time. */
  readonly bodyBudget: ByteBudget;
}
