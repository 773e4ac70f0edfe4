// Clock, random numbers and timers as ports, and Node's own behind them: the only place that touches them. No timer
// keeps the process alive.
import { randomUUID } from 'node:crypto';

/** Cancels a timer; harmless when it fired already. */
export type CancelTimer = () => void;

/** What the client needs of its surroundings. */
export interface Platform {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Unix milliseconds. */
  wallMs(): number;
  /** In [0, 1). */
  random(): number;
  uuid(): string;
  /** Runs once, later; does not keep the process alive. */
  after(ms: number, run: () => void): CancelTimer;
}

/** Node takes a longer wait for none at all. */
export const longestTimerMs = 2_147_483_647;

/** Node's clock, random source and timers. */
export const nodePlatform: Platform = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  uuid: () => randomUUID(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), longestTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
