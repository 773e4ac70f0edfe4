// Notices that an answer no longer comes: nothing arrived for so long. Must not blame the other end for a blocked process.
import { createAlarm } from '../alarm.ts';
import { lateTimerMs } from '../limits.ts';
import type { Platform } from '../platform.ts';

/** A watch over what arrives. */
export interface Stall {
  /** Something arrived. */
  putOff(): void;
  stop(): void;
}

/** Watches from now on; Infinity: for ever. */
export const watchStall = (platform: Platform, stallMs: number, onStalled: () => void): Stall => {
  let stalledAtMs = Infinity;
  const waitFor = (ms: number): void => alarm.set((stalledAtMs = platform.nowMs() + ms));
  const alarm = createAlarm(platform, () => {
    // Blocked: what arrived meanwhile is read after this timer.
    if (platform.nowMs() > stalledAtMs + lateTimerMs) waitFor(lateTimerMs);
    else onStalled();
  });
  const putOff = (): void => waitFor(stallMs);
  putOff();
  return { putOff, stop: alarm.stop };
};
