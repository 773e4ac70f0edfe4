// Tells a message whose length was damaged on its way, which swallows what follows heartbeat by heartbeat, from a large one
// on a slow line.
import { partialBytesPerSecondMin, partialStallMs } from '../limits.ts';
import type { Platform } from '../platform.ts';

/** Patience with a message that is not complete yet. */
export interface Patience {
  /** A message is complete: what follows is another one. */
  renew(): void;
  /** Whether it is over, with so many bytes of the message there. Asked whenever bytes arrive. */
  isOver(heldBytes: number): boolean;
}

export const createPatience = ({ nowMs }: Pick<Platform, 'nowMs'>): Patience => {
  let sinceMs = Infinity;
  return {
    renew: () => void (sinceMs = Infinity),
    isOver(heldBytes) {
      const now = nowMs();
      sinceMs = heldBytes === 0 ? Infinity : Math.min(sinceMs, now);
      const ms = now - sinceMs;
      return ms > partialStallMs && heldBytes < (ms / 1_000) * partialBytesPerSecondMin;
    },
  };
};
