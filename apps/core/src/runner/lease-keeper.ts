// Holds a lease as long as this core lives, or waits for it. What it says about the present is a hint; the fence in the
// database decides.
import type { Logger, Runtime } from '../domain/ports.ts';
import { releaseLease, takeLease, type DatabaseClock, type Lease } from '../store/lease-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { StoreError } from '../store/store-error.ts';

/** Another core takes over within this time after the holder has gone silent (reliability R7: 5 s). */
export const leaseLifetimeMs = 3_000;
const renewIntervalMs = 1_000;

export interface LeaseKeeperOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly name: string;
  readonly holder: string;
  /** Called when the lease was taken. */
  readonly onTaken: () => void;
}

export interface LeaseKeeper {
  /** The lease, while this core may believe to hold it. */
  current(): Lease | undefined;
  /** Forgets the lease: a fenced write was refused. */
  lose(): void;
  /** Asks for the lease now; for tests and the start. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** Starts asking for the lease. */
export function keepLease(options: LeaseKeeperOptions): LeaseKeeper {
  const { driver, clock, runtime, logger, name, holder } = options;
  let held: { readonly lease: Lease; readonly untilMonotonicMs: number } | undefined;
  let asking: Promise<void> | undefined;
  const current = (): Lease | undefined =>
    held !== undefined && runtime.monotonicMs() < held.untilMonotonicMs ? held.lease : undefined;
  const ask = async (): Promise<void> => {
    // Counted from before the question: the database's answer may have taken long.
    const untilMonotonicMs = runtime.monotonicMs() + leaseLifetimeMs;
    try {
      const before = held?.lease.epoch;
      const lease = await takeLease(driver, clock, { name, holder, lifetimeMs: leaseLifetimeMs });
      held = lease && { lease, untilMonotonicMs };
      if (lease === undefined || lease.epoch === before) return;
      logger.info({ lease: name, epoch: lease.epoch }, 'This core holds the lease.');
      options.onTaken();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  };
  const renew = (): Promise<void> => (asking ??= ask().finally(() => (asking = undefined)));
  const cancel = runtime.every(renewIntervalMs, () => void renew());
  void renew();
  return {
    current,
    lose: () => void (held = undefined),
    renew,
    async close() {
      cancel();
      await asking;
      const lease = current();
      held = undefined;
      if (lease !== undefined) await releaseLease(driver, lease).catch(() => undefined);
    },
  };
}
