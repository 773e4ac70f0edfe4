// What is planted: traffic, stages, and the harm that the variant does. Times in minutes, rates per call.

/** One scenario. Every call is another user's. */
export interface Scenario {
  readonly name: string;
  readonly callsPerMinute: number;
  /** Shares of the units, and how long each stage lasts. */
  readonly stages: readonly { readonly share: number; readonly minutes: number }[];
  /** Share of the calls with the event (an error, a slow answer) without the variant. */
  readonly rate: number;
  /** How many times as many with it. */
  readonly ratio: number;
  /** Index of the first stage in which it does. */
  readonly harmFromStage?: number;
  /** How the rate of all of them moves over time; 1 when left out. */
  readonly drift?: (minute: number) => number;
}

const linear = [0.1, 0.25, 0.5, 0.75, 1].map((share) => ({ share, minutes: 20 }));
const canary = [
  { share: 0.01, minutes: 90 },
  { share: 1, minutes: 20 },
];
/** Something else fails for a quarter of an hour, for everybody. */
const incident = (minute: number): number => (minute >= 8 && minute < 23 ? 4 : 1);
/** A day in two hours. */
const swing = (minute: number): number => 1 + 0.8 * Math.sin(minute / 20);

export const scenarios: readonly Scenario[] = [
  { name: 'canary 1:99, rare errors, 5x', callsPerMinute: 6_000, stages: canary, rate: 0.001, ratio: 5 },
  { name: 'canary 1:99, rare errors, 50x', callsPerMinute: 6_000, stages: canary, rate: 0.001, ratio: 50 },
  {
    name: 'canary 1:99, half of the calls fail',
    callsPerMinute: 6_000,
    stages: canary,
    rate: 0.001,
    ratio: 500,
  },
  { name: 'linear, errors 1.5x', callsPerMinute: 3_000, stages: linear, rate: 0.02, ratio: 1.5 },
  { name: 'linear, errors 3x', callsPerMinute: 3_000, stages: linear, rate: 0.01, ratio: 3 },
  { name: 'linear, half of the calls fail', callsPerMinute: 3_000, stages: linear, rate: 0.01, ratio: 50 },
  { name: 'linear, slow answers 2x', callsPerMinute: 600, stages: linear, rate: 0.05, ratio: 2 },
  { name: 'linear, harm from the second stage on', callsPerMinute: 3_000, stages: linear, rate: 0.01, ratio: 3, harmFromStage: 1 }, // prettier-ignore
  { name: 'linear, errors 3x beside an incident', callsPerMinute: 3_000, stages: linear, rate: 0.01, ratio: 3, drift: incident }, // prettier-ignore
  { name: 'linear, errors 2x while the rate swings', callsPerMinute: 3_000, stages: linear, rate: 0.01, ratio: 2, drift: swing }, // prettier-ignore
  { name: 'linear, an improvement', callsPerMinute: 3_000, stages: linear, rate: 0.01, ratio: 0.5 },
  { name: 'linear, no difference', callsPerMinute: 3_000, stages: linear, rate: 0.01, ratio: 1 },
];
