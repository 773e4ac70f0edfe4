// How far one unit comes through steps, and how long each took: of all ways through its events the one that begins latest,
// so that a unit which tries again is not held to its first try.

/** A unit's way: how many steps it did, and the milliseconds from each to the next. */
export interface FunnelWay {
  readonly reached: number;
  /** By step; the first has none. */
  readonly gapsMs: readonly number[];
}

/** Walks one unit after the other. */
export class FunnelWalk {
  readonly #withinMs: number;
  /** By step: when the way to it that began latest began, and when it came there. */
  readonly #beganMs: Float64Array;
  readonly #cameMs: Float64Array;
  readonly #gapsMs: Float64Array;
  #reached = 0;

  /** `withinMs`: from the first step to the last. */
  constructor(steps: number, withinMs: number) {
    this.#withinMs = withinMs;
    this.#beganMs = new Float64Array(steps);
    this.#cameMs = new Float64Array(steps);
    this.#gapsMs = new Float64Array(steps);
  }

  /** Takes an event. Call in the order of time, at the same time in that of the steps. */
  take(step: number, timeMs: number): void {
    if (step > this.#reached) return;
    const beganMs = step === 0 ? timeMs : this.#beganMs[step - 1]!;
    if (timeMs - beganMs > this.#withinMs) return;
    if (step === this.#reached) {
      this.#gapsMs[step] = step === 0 ? 0 : timeMs - this.#cameMs[step - 1]!;
      this.#reached += 1;
    }
    this.#beganMs[step] = beganMs;
    this.#cameMs[step] = timeMs;
  }

  /** The unit's way; the next unit begins. */
  end(): FunnelWay {
    const reached = this.#reached;
    this.#reached = 0;
    return { reached, gapsMs: Array.from(this.#gapsMs.subarray(0, reached)) };
  }
}
