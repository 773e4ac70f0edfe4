// What guarded calls did, folded by outcome and minute: how many, how long they took, how many failed, and how many distinct
// units saw a failure. A unit counts at most once a minute: its retries are not independent evidence. Must never throw.
import { callWindowsMax, nameCharsMax } from './limits.ts';
import { createLatencyTally, type LatencySketch, type LatencyTally } from './latency-sketch.ts';
import type { Event } from './types.ts';
import { createUnitSample, unitHashOf, type UnitSample } from './unit-sample.ts';

/** Whose call it was: an outcome of `@org/evaluator` fits, so do `EvaluationDetails` with `excluded` beside them. */
export interface CalledOutcome {
  readonly flagKey: string;
  readonly variant?: string;
  readonly rule?: string;
  readonly revision: number;
  /** An individual target or a local override decided: stays out of guardrails. */
  readonly excluded?: boolean;
}

/** What a guard tells of its calls. */
export interface CallRecorder {
  /** A call that ran to its end. `context`: whose unit it was; `durationMs`: by a monotonic clock. */
  recordCall(outcome: CalledOutcome, context: unknown, durationMs: number, failed: boolean): void;
  /**
   * A breaker opened for the outcome. Calls it then answers otherwise are calls of what they were answered with. `critical`:
   * because of an error that the application calls critical.
   */
  recordTrip(outcome: CalledOutcome, critical?: boolean): void;
}

/** Calls of one outcome in a part of a minute, in the shape of proto flags.v1.CallTelemetry. */
export interface CallTelemetry {
  readonly flagKey: string;
  readonly variant: string;
  readonly rule: string;
  readonly revision: number;
  readonly excluded: boolean;
  /** Start of the window; the event's time is its end, in the same minute of Unix time. */
  readonly fromMs: number;
  readonly calls: number;
  readonly errors: number;
  /** How often a breaker opened. */
  readonly trips: number;
  /** Errors that the application called critical. */
  readonly criticals: number;
  /** Of all calls, failed ones too. */
  readonly latency: LatencySketch;
  /** Hashes of the distinct units with an error, the 256 least of them, ascending. */
  readonly unitsWithErrors: number[];
}

/** Calls between two deliveries. */
export interface CallTelemetryTally extends CallRecorder {
  /** Windows that wait to be told. */
  readonly size: number;
  /** Takes everything out as events. */
  take(nowMs: number): readonly Event[];
}

interface Window extends Omit<
  CallTelemetry,
  'calls' | 'errors' | 'trips' | 'criticals' | 'latency' | 'unitsWithErrors'
> {
  readonly minute: number;
  lastMs: number;
  errors: number;
  trips: number;
  criticals: number;
  readonly latency: LatencyTally;
  readonly units: UnitSample;
}

export interface CallTelemetryOptions {
  /** Unix milliseconds. */
  readonly wallMs: () => number;
  /** Hears of calls for which there was no room, or whose outcome names no flag. */
  readonly onDrop: (reason: 'counts_full' | 'invalid') => void;
  readonly windowsMax?: number;
}

const minuteMs = 60_000;
const minuteOf = (ms: number): number => Math.floor(ms / minuteMs);

/** At most 2,000 windows: an outage of the core makes numbers larger until then, and drops after. */
export const createCallTelemetry = ({
  wallMs,
  onDrop,
  windowsMax = callWindowsMax,
}: CallTelemetryOptions): CallTelemetryTally => {
  let windows = new Map<string, Window>();

  const windowOf = (outcome: CalledOutcome): Window | undefined => {
    const { flagKey, variant = '', rule = '', revision, excluded = false } = outcome;
    if (typeof flagKey !== 'string' || flagKey === '' || flagKey.length > nameCharsMax) {
      onDrop('invalid');
      return undefined;
    }
    const nowMs = wallMs();
    const minute = minuteOf(nowMs);
    const id = JSON.stringify([flagKey, variant, rule, revision, excluded, minute]);
    const known = windows.get(id);
    if (known !== undefined) {
      known.lastMs = nowMs;
      return known;
    }
    if (windows.size >= windowsMax) {
      onDrop('counts_full');
      return undefined;
    }
    const named = { flagKey, variant, rule, revision: Math.max(0, revision), excluded };
    const tallies = {
      errors: 0,
      trips: 0,
      criticals: 0,
      latency: createLatencyTally(),
      units: createUnitSample(),
    };
    const made = { ...named, ...tallies, minute, fromMs: nowMs, lastMs: nowMs };
    windows.set(id, made);
    return made;
  };

  return {
    get size() {
      return windows.size;
    },
    recordCall(outcome, context, durationMs, failed) {
      const window = windowOf(outcome);
      if (window === undefined) return;
      window.latency.add(durationMs);
      if (!failed) return;
      window.errors += 1;
      const unit = unitHashOf(context);
      if (unit !== undefined) window.units.add(unit);
    },
    recordTrip(outcome, critical = false) {
      const window = windowOf(outcome);
      if (window === undefined) return;
      window.trips += 1;
      if (critical) window.criticals += 1;
    },
    take(nowMs) {
      const taken = [...windows.values()];
      windows = new Map();
      return taken.map((window) => eventOf(window, nowMs));
    },
  };
};

const eventOf = ({ minute, lastMs, units, latency, ...window }: Window, nowMs: number): Event => ({
  timeMs: minuteOf(nowMs) === minute ? nowMs : lastMs,
  body: {
    $case: 'calls',
    value: {
      ...window,
      calls: latency.count,
      latency: latency.toSketch(),
      unitsWithErrors: units.toHashes(),
    },
  },
});
