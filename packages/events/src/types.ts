// Events in the shape of proto flags.v1.Event as plain objects. Types only.

/** A unit saw a variant. */
export interface Exposure {
  readonly flagKey: string;
  readonly variant: string;
  readonly rule: string;
  readonly revision: number;
  readonly units: { [kind: string]: string };
  readonly excluded: boolean;
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
}

export type EventBody =
  | { readonly $case: 'exposure'; readonly value: Exposure }
  | { readonly $case: 'metric'; readonly value: MetricEvent }
  | { readonly $case: 'evaluationCount'; readonly value: EvaluationCount };

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
