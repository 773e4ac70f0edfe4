// Sends what is to be told, until it arrives: again and again with growing pauses, each channel by itself.
import type { Logger, Runtime } from '../../domain/ports.ts';
import type { AlertMessage } from '../../notify/message.ts';
import type { Notifier } from '../../notify/notifier.ts';
import { noteAttempt, readDueDeliveries, type DeliveryRow } from '../../store/alert-store.ts';
import type { DatabaseClock } from '../../store/lease-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import type { LeasedJob } from '../leased-jobs.ts';

export interface DeliveriesOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly runtime: Pick<Runtime, 'random'>;
  readonly logger: Logger;
  readonly notifier: Notifier;
  /** Between two looks; a second. */
  readonly intervalMs?: number | undefined;
  /** The first pause after a failure; for tests. */
  readonly retryMs?: number | undefined;
}

const lookIntervalMs = 1_000;
const deliveriesPerLook = 50;
const retryMsDefault = 5_000;
const retryMsMax = 60 * 60_000;
/** With pauses that double: about half a day. */
const attemptsMax = 18;

/** Sending as a job of the runner. */
export const deliveriesJob = (options: DeliveriesOptions): LeasedJob => ({
  name: 'alert-deliveries',
  intervalMs: options.intervalMs ?? lookIntervalMs,
  look: () => deliver(options),
});

async function deliver(options: DeliveriesOptions): Promise<void> {
  const { driver, clock } = options;
  const nowMs = await clock(driver);
  const due = await readDueDeliveries(driver, nowMs, deliveriesPerLook);
  // None waits for another channel; of one channel, one after the other.
  const channels = [...new Set(due.map(({ channel }) => channel))];
  await Promise.all(
    channels.map(async (channel) => {
      for (const row of due) if (row.channel === channel) await attempt(options, row, nowMs);
    }),
  );
}

async function attempt(
  { driver, notifier, runtime, logger, retryMs = retryMsDefault }: DeliveriesOptions,
  row: DeliveryRow,
  nowMs: number,
): Promise<void> {
  const told = await notifier.tell(row.channel, JSON.parse(row.message) as AlertMessage);
  const attempts = row.attempts + 1;
  const where = { environmentId: row.environmentId, alert: row.key, channel: row.channel, attempts };
  if (told.ok) {
    await noteAttempt(driver, { ...row, state: 'delivered', attempts, problem: '' });
    return;
  }
  const isOver = attempts >= attemptsMax;
  const pauseMs = Math.round(Math.min(retryMsMax, retryMs * 2 ** (attempts - 1)) * (1 + runtime.random()));
  logger.warn({ ...where, problem: told.problem, isOver }, 'An alert could not be told.');
  const state = isOver ? 'failed' : 'waiting';
  await noteAttempt(driver, { ...row, state, attempts, dueMs: nowMs + pauseMs, problem: told.problem });
}
