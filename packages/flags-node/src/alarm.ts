// A timer that is put off with every message and hardly ever fires: putting it off costs a number, not a timer. Must never
// fire early.
import type { CancelTimer, Platform } from './platform.ts';

/** Runs something at a time that may be changed until then. */
export interface Alarm {
  /** Sets the time (monotonic milliseconds), in place of an earlier one; Infinity: never. */
  set(atMs: number): void;
  stop(): void;
}

/** An alarm that is not set yet. It may be set again when it ran. */
export const createAlarm = (platform: Pick<Platform, 'nowMs' | 'after'>, run: () => void): Alarm => {
  let dueMs = Infinity;
  let armedMs = Infinity;
  let cancel: CancelTimer = () => undefined;

  const arm = (): void => {
    armedMs = dueMs;
    if (dueMs < Infinity) cancel = platform.after(dueMs - platform.nowMs(), ring);
  };
  const ring = (): void => {
    armedMs = Infinity;
    // Put off meanwhile: wait for the rest.
    if (platform.nowMs() < dueMs) return arm();
    dueMs = Infinity;
    run();
  };
  return {
    set(atMs) {
      dueMs = atMs;
      if (armedMs <= dueMs) return;
      cancel();
      arm();
    },
    stop() {
      dueMs = armedMs = Infinity;
      cancel();
    },
  };
};
