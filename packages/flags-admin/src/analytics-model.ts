// What the analytics of experiments answers. Types only. Numbers that do not exist are undefined, never NaN; times are RFC 3339
// texts, as the server sends them, empty where there is none.

export interface Interval {
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

/** A variant against control. */
export interface Comparison {
  /** How it was made, e.g. `asymptotic_cs`, `group_sequential_obf`, `two_proportion_z`. */
  readonly method: string;
  readonly difference: number | undefined;
  readonly differenceInterval: Interval | undefined;
  /** (treatment - control) / control. */
  readonly uplift: number | undefined;
  readonly upliftInterval: Interval | undefined;
  readonly pValue: number | undefined;
  readonly logPValue: number | undefined;
  /** After the correction for several metrics and variants. */
  readonly adjustedPValue: number | undefined;
  readonly significant: boolean;
  readonly chanceToWin: number | undefined;
  readonly expectedLoss: number | undefined;
  /** Of guardrails: `holds`, `violated` or `unclear`; else empty. */
  readonly guardrail: string;
  readonly varianceReduction: number | undefined;
  readonly minimumDetectableEffect: number | undefined;
  /** What is missing for an answer; empty when it is one. */
  readonly notEnough: string;
}

export interface VariantResults {
  readonly variant: string;
  readonly units: number;
  readonly unitsWithEvents: number;
  readonly mean: number | undefined;
  readonly standardDeviation: number | undefined;
  readonly meanInterval: Interval | undefined;
  /** Undefined for control. */
  readonly comparison: Comparison | undefined;
}

export interface MetricResults {
  readonly metric: string;
  readonly role: string;
  readonly direction: string;
  readonly variants: readonly VariantResults[];
}

/** All of an experiment. */
export interface ExperimentResults {
  readonly experiment: string;
  readonly flagKey: string;
  readonly state: string;
  readonly control: string;
  readonly computedAt: string;
  /** Of the newest event that is in. */
  readonly dataUntil: string;
  readonly units: readonly {
    readonly variant: string;
    readonly units: number;
    readonly expectedShare: number;
    readonly share: number;
  }[];
  readonly sampleRatio: {
    readonly pValue: number | undefined;
    readonly mismatch: boolean;
    /** Seen in more than one variant, and left out. */
    readonly crossedUnits: number;
    /** Individually targeted, overridden or excluded, and left out. */
    readonly excludedUnits: number;
    /** The same by reason: `targeted`, `overridden`, `condition` (the experiment's `exclude`). */
    readonly excludedByReason: Readonly<Record<string, number>>;
  };
  readonly metrics: readonly MetricResults[];
  readonly recommendation: {
    readonly action: 'ship' | 'roll_back' | 'keep_running' | 'blocked' | '';
    readonly variant: string;
    /** In words, with numbers. */
    readonly reasons: readonly string[];
  };
  readonly warnings: readonly string[];
}

/** A metric over time. */
export interface TimeSeries {
  readonly points: readonly {
    readonly time: string;
    /** As it stood at the end of the day or hour. */
    readonly cumulative: readonly VariantResults[];
    /** Of the units first exposed in it. */
    readonly inside: readonly VariantResults[];
  }[];
  readonly anomalies: readonly {
    readonly time: string;
    readonly variant: string;
    readonly value: number;
    readonly expected: number;
    readonly score: number;
  }[];
}

/** How far units come, by variant; of one without a name when it is about no experiment. */
export interface FunnelVariant {
  readonly variant: string;
  readonly steps: readonly {
    readonly event: string;
    readonly units: number;
    /** Of the units of the step before. */
    readonly conversion: number | undefined;
    readonly conversionInterval: Interval | undefined;
    /** Milliseconds from the step before. */
    readonly medianMs: number | undefined;
  }[];
}

/** A metric by the values of an attribute. */
export interface Segments {
  readonly segments: readonly { readonly value: string; readonly variants: readonly VariantResults[] }[];
  readonly heterogeneityPValue: number | undefined;
}

export interface SampleSize {
  readonly unitsPerVariant: number;
  readonly units: number;
  readonly days: number | undefined;
  readonly notes: readonly string[];
}

/** Rows of a query, each in the order of the columns. */
export interface QueryRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
}

/** How far the pipeline of events has come. */
export interface PipelineStatus {
  readonly batchesBehind: number;
  readonly events: number;
  readonly duplicates: number;
  /** By reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly dataUntil: string;
}
