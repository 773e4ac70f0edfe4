// Alerts: rules over what the environment does, and who is told when one is broken. Holds no logic.

export type AlertSeverity = 'info' | 'warning' | 'critical';

interface CountedRule {
  readonly flag: string;
  /** How far it looks back; 5 when left out. */
  readonly minutes?: number;
  /** With fewer evaluations (exposures) nothing is said; 100 when left out. */
  readonly minimum?: number;
}

/** A flag serves a variant to another share of evaluations than it did: the window against the time before it. */
export interface VariantShareRule extends CountedRule {
  readonly type: 'variant_share';
  /** Left out: any variant. */
  readonly variant?: string;
  /** Absolute; 0.05 accepts 5 points more or fewer. Left out: 0.05. */
  readonly tolerance?: number;
  /** The share that is expected, with `variant`. Left out: that of the hours before. */
  readonly expected?: number;
}

/** Too many evaluations end with one of these reasons, e.g. ERROR or DEFAULT. */
export interface ReasonsRule extends CountedRule {
  readonly type: 'reasons';
  /** ERROR when left out. */
  readonly reasons?: readonly string[];
  /** Of all evaluations of the flag. */
  readonly shareMax: number;
}

/** Units are exposed to the flag, but the event that counts never comes: somebody forgot to send it. */
export interface ExposuresWithoutEventsRule extends CountedRule {
  readonly type: 'exposures_without_events';
  /** The metric's events are expected. */
  readonly metric: string;
  /** Events for each exposure; less is too little. Left out: none at all is. */
  readonly ratioMin?: number;
}

/** Units split otherwise than planned: what an experiment says cannot be trusted. Needs analytics. */
export interface SampleRatioRule {
  readonly type: 'sample_ratio';
  /** Left out: every experiment that runs. */
  readonly experiment?: string;
}

/** A guardrail of an experiment is violated. Needs analytics. */
export interface GuardrailRule {
  readonly type: 'guardrail';
  readonly experiment?: string;
  /** Left out: any guardrail. */
  readonly metric?: string;
}

/** The events of a metric: how many come in a minute, or how large their values are on average. */
export interface AlertMetricRule {
  readonly type: 'metric';
  readonly metric: string;
  readonly aggregate?: 'events_per_minute' | 'mean';
  /** The mean of so many minutes is compared; 5 when left out. */
  readonly minutes?: number;
  /** Either a bound, */
  readonly comparison?: '<' | '<=' | '>' | '>=';
  readonly value?: number;
  /** or a detector, which learns what is usual from the hours before: single outliers, or small shifts that last. */
  readonly detector?: 'outlier' | 'shift';
}

/** A rollout stands in one of these states. */
export interface RolloutStateRule {
  readonly type: 'rollout';
  /** Left out: any. */
  readonly rollout?: string;
  /** `rolled_back` when left out. */
  readonly states?: readonly ('running' | 'paused' | 'rolled_back' | 'aborted')[];
  /** Only when it has stood there for so long; `running`: in the same stage. */
  readonly longerThanMinutes?: number;
}

/** A breaker is not closed. */
export interface BreakerStateRule {
  readonly type: 'breaker';
  readonly breaker?: string;
}

/**
 * The installation itself:
 * - `outbox_backlog`: revisions that wait to be published, more than `value`.
 * - `push_disconnected`: the push channel is configured and away.
 * - `analytics_unavailable`: the analytics process does not answer.
 * - `analytics_behind`: batches of events that cannot be queried yet, more than `value`.
 * - `fleet_refused`: the share of SDK instances that refused a revision, more than `value`.
 * - `fleet_behind`: the share of SDK instances that do not run the newest revision, more than `value`.
 */
export interface SystemRule {
  readonly type: 'system';
  readonly condition:
    | 'outbox_backlog'
    | 'push_disconnected'
    | 'analytics_unavailable'
    | 'analytics_behind'
    | 'fleet_refused'
    | 'fleet_behind';
  /** A number (backlogs) or a share from 0 to 1 (the fleet). Left out: 0. */
  readonly value?: number;
}

export type AlertRule =
  | VariantShareRule
  | ReasonsRule
  | ExposuresWithoutEventsRule
  | SampleRatioRule
  | GuardrailRule
  | AlertMetricRule
  | RolloutStateRule
  | BreakerStateRule
  | SystemRule;

/** A rule that is looked at again and again, and who is told. How it stands is kept beside the documents. */
export interface Alert {
  readonly rule: AlertRule;
  /** `warning` when left out. */
  readonly severity?: AlertSeverity;
  /** It must be broken for so long before it fires; 60 when left out. */
  readonly forSeconds?: number;
  /** It must hold for so long before it is resolved; 300 when left out. */
  readonly resolveSeconds?: number;
  /** Told again while it fires and nobody acknowledged it. Left out: once. */
  readonly repeatMinutes?: number;
  /** Names of channels of the installation. */
  readonly channels: readonly string[];
  /** What to do about it. */
  readonly runbook?: string;
  readonly paused?: boolean;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
}
