// Time, chance and identity as a port, so that transports can be tested without waiting. Holds no logic of its own.
import { randomUUID } from 'node:crypto';

/** Ends what it was returned for; may be called twice. */
export type Cancel = () => void;

/** What transports need from the outside world besides sockets. */
export interface Runtime {
  /** Unix milliseconds. */
  now(): number;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  /** In [0, 1). */
  random(): number;
  newId(): string;
  /** Neither keeps the process alive. */
  after(delayMs: number, task: () => void): Cancel;
  every(intervalMs: number, task: () => void): Cancel;
}

/** The longest delay a Node timer takes; longer ones would fire at once. */
const delayMsMax = 2_147_483_647;

/** The real one. */
export const nodeRuntime: Runtime = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  newId: () => randomUUID(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), delayMsMax)).unref();
    return () => clearTimeout(timer);
  },
  every(intervalMs, task) {
    const timer = setInterval(task, intervalMs).unref();
    return () => clearInterval(timer);
  },
};
