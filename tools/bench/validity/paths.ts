// One simulated experiment: both arms' counts and sums, increment by increment.
import type { Moments } from '@org/stats';
import { mergeMoments, momentsOf, momentsOfCounts } from '@org/stats';
import type { Random } from './random.ts';
import { increments, type Metric, type Scenario } from './scenarios.ts';

/** What an arm has seen so far. */
export interface ArmState {
  units: number;
  /** Units that converted, or bought. */
  events: number;
  moments: Moments;
}

/** Both arms, growing. */
export interface Path {
  readonly control: ArmState;
  readonly treatment: ArmState;
  /** What was asked about this moment already, by whatever the asker uses as a key. */
  readonly asked: Map<unknown, boolean>;
  advance(): void;
}

/** A path that has seen nothing yet. Units fall into the arms at random, each by itself. */
export function createPath(scenario: Scenario, random: Random): Path {
  const { metric, share, units, effect } = scenario;
  const control: ArmState = { units: 0, events: 0, moments: momentsOfCounts(0, 0) };
  const treatment: ArmState = { units: 0, events: 0, moments: momentsOfCounts(0, 0) };
  const perIncrement = Math.round(units / increments);
  const asked = new Map<unknown, boolean>();
  return {
    control,
    treatment,
    asked,
    advance() {
      asked.clear();
      const treated = random.binomial(perIncrement, share);
      grow(control, perIncrement - treated, 0);
      grow(treatment, treated, effect);
    },
  };

  function grow(arm: ArmState, count: number, change: number): void {
    arm.units += count;
    if (metric.kind === 'conversion') {
      arm.events += random.binomial(count, metric.rate + change);
      arm.moments = momentsOfCounts(arm.events, arm.units);
    } else {
      const bought = random.binomial(count, metric.bought);
      arm.events += bought;
      arm.moments = mergeMoments(arm.moments, revenueOf(metric, count, bought));
    }
  }

  function revenueOf(
    { sigma }: Extract<Metric, { kind: 'revenue' }>,
    count: number,
    bought: number,
  ): Moments {
    const zeros = momentsOfCounts(0, count - bought);
    return bought === 0 ? zeros : mergeMoments(zeros, lognormal(bought, sigma));
  }

  /** Sums about the known mean: nothing cancels in so few values. */
  function lognormal(count: number, sigma: number): Moments {
    if (count < 4) return momentsOf(Array.from({ length: count }, () => Math.exp(sigma * random.normal())));
    const origin = Math.exp((sigma * sigma) / 2);
    let [s1, s2, s3] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const x = Math.exp(sigma * random.normal()) - origin;
      s1 += x;
      s2 += x * x;
      s3 += x * x * x;
    }
    const offset = s1 / count;
    const m2 = s2 - offset * s1;
    return { count, origin, offset, m2, m3: s3 - 3 * offset * s2 + 2 * offset * offset * s1 };
  }
}
