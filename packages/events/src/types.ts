// Events in the shape of proto flags.v1.Event as plain objects. Types only.
import type { CallTelemetry } from './call-telemetry.ts';
import type { LatencySketch } from './latency-sketch.ts';

/** A unit saw a variant. */
export interface Exposure {
  readonly flagKey: string;
  readonly variant: string;
  readonly rule: string;
  readonly revision: number;
  readonly units: { [kind: string]: string };
  readonly excluded: boolean;
  /** What the context said of itself, of what the overlay's `report` names. */
  readonly attributes: { [name: string]: unknown } | undefined;
}

/** Something the application measured. */
export interface MetricEvent {
  readonly name: string;
  readonly value?: number;
  readonly units: { [kind: string]: string };
  readonly attributes: { [name: string]: unknown } | undefined;
  readonly revision: number;
}

/** How often a flag was evaluated to an outcome in a window of time. */
export interface EvaluationCount {
  readonly flagKey: string;
  readonly variant: string;
  readonly reason: string;
  readonly rule: string;
  readonly revision: number;
  readonly count: number;
  readonly fromMs: number;
  readonly errorCode: string;
  /** How long sampled evaluations took, in milliseconds. */
  readonly evaluationTime: LatencySketch | undefined;
}

export type EventBody =
  | { readonly $case: 'exposure'; readonly value: Exposure }
  | { readonly $case: 'metric'; readonly value: MetricEvent }
  | { readonly $case: 'evaluationCount'; readonly value: EvaluationCount }
  | { readonly $case: 'calls'; readonly value: CallTelemetry };

export interface Event {
  /** Unix milliseconds by the instance's clock. */
  readonly timeMs: number;
  readonly body: EventBody;
}

/** Why something was not kept: no room, not what an event may be, or refused by the core for good. */
export type DropReason = 'queue_full' | 'counts_full' | 'invalid' | 'refused';

/** What travels at once. With the instance's id, the sequence identifies it: a repetition is identical. */
export interface Batch {
  readonly sequence: number;
  readonly events: readonly Event[];
  /** Dropped since the last accepted batch, by reason. */
  readonly dropped: { readonly [reason: string]: number };
}
