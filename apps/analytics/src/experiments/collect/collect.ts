// From raw events to sufficient statistics: what the partitions hold, added up in their order. The same events give the
// same bits, however they came in, whichever processes hold the partitions, and whoever adds them up.
import type { Gather } from '../../share/gather.ts';
import { MetricSums } from './metric-sums.ts';
import type { Collected, CollectRequest, Group } from './request.ts';
import { groupsMax, instantOf, others, type Moment, type PartShare } from './shares.ts';

export { groupsMax, instantOf };

/** Collects. Rejects when a database fails, or a partition cannot be had. */
export async function collect(gather: Gather, request: CollectRequest): Promise<Collected> {
  const moments = await gather('moment', request);
  const dataUntilMs = latest(moments);
  const shares = await gather('shares', {
    request,
    dataUntilMs,
    firstUntilMs: firstUntilOf(moments, request.unitsMax),
  });
  return addUp(request, shares.flat(), dataUntilMs);
}

/** More than these at once of metrics that keep what every unit did would not fit into memory. */
const heavyPointsAtOnce = 4;

/**
 * What `collect` would answer of each of these moments (`untilMs`, ascending) for a request that tells no groups apart,
 * from one pass over the events. `dataUntilMs` as `collect` answered it of everything.
 */
export async function collectSeries(
  gather: Gather,
  request: CollectRequest,
  pointsMs: readonly number[],
  dataUntilMs: number | undefined,
): Promise<readonly (readonly Group[])[]> {
  const keepsUnits = request.metrics.some(
    ({ metric }) => metric.type === 'quantile' || metric.winsorization?.upperQuantile !== undefined,
  );
  const atOnce = keepsUnits ? heavyPointsAtOnce : pointsMs.length;
  const groups: (readonly Group[])[] = [];
  for (let from = 0; from < pointsMs.length; from += atOnce) {
    const some = pointsMs.slice(from, from + atOnce);
    const answers = await gather('series', { request, dataUntilMs, pointsMs: some });
    for (const index of some.keys()) {
      const shares = answers.flatMap((answer) => answer[index]!);
      groups.push(addUp(request, shares, dataUntilMs).groups);
    }
  }
  return groups;
}

/** Adds up shares of all partitions, in the partitions' order. */
function addUp(
  { experiment, metrics }: CollectRequest,
  shares: readonly PartShare[],
  dataUntilMs: number | undefined,
): Collected {
  const slots = new Slots(experiment.variants.length);
  const sums = metrics.map(({ metric }) => new MetricSums(metric));
  const seen = { crossedUnits: 0, unusableValues: 0 };
  const excluded = { targeted: 0, overridden: 0, condition: 0 };
  for (const share of shares.toSorted((left, right) => left.part - right.part)) {
    seen.crossedUnits += share.crossedUnits;
    excluded.targeted += share.excluded.targeted;
    excluded.overridden += share.excluded.overridden;
    excluded.condition += share.excluded.condition;
    seen.unusableValues += share.unusableValues;
    const slotOf = slots.take(share);
    for (const [index, metric] of share.metrics.entries()) sums[index]!.add(metric, slotOf);
  }
  const finished = sums.map((each) => each.finish(slots.count));
  return {
    ...seen,
    excluded,
    dataUntilMs,
    groups: slots.groups((slot) => finished.map((metric) => metric[slot]!)),
  };
}

/** Numbers the arms of all groups as they appear: group by group, variant by variant. */
class Slots {
  readonly #variants: number;
  readonly #groups = new Map<string, number>();
  readonly #units: number[] = [];

  constructor(variants: number) {
    this.#variants = variants;
  }

  get count(): number {
    return this.#groups.size * this.#variants;
  }

  /** Where each slot of the partition is added. */
  take({ groups, units }: PartShare): readonly number[] {
    const slotOf = groups.flatMap((value) => {
      const first = this.#group(value) * this.#variants;
      return Array.from({ length: this.#variants }, (_, arm) => first + arm);
    });
    for (const [own, slot] of slotOf.entries()) this.#units[slot] = (this.#units[slot] ?? 0) + units[own]!;
    return slotOf;
  }

  groups(metricsOf: (slot: number) => Group['arms'][number]['metrics']): readonly Group[] {
    const groups = [...this.#groups].map(([value, group]) => ({
      value,
      arms: Array.from({ length: this.#variants }, (_, arm) => {
        const slot = group * this.#variants + arm;
        return { units: this.#units[slot] ?? 0, metrics: metricsOf(slot) };
      }),
    }));
    return groups.toSorted((a, b) => (a.value < b.value ? -1 : 1));
  }

  #group(value: string): number {
    const name = this.#groups.has(value) || this.#groups.size < groupsMax ? value : others;
    const known = this.#groups.get(name) ?? this.#groups.size;
    this.#groups.set(name, known);
    return known;
  }
}

function latest(moments: readonly Moment[]): number | undefined {
  const times = moments.map(({ dataUntilMs }) => dataUntilMs).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** When the n-th unit was exposed first. */
function firstUntilOf(moments: readonly Moment[], unitsMax: number | undefined): number {
  if (unitsMax === undefined) return Number.MAX_VALUE;
  const all = Float64Array.from(moments.flatMap(({ firstMs }) => [...firstMs])).sort();
  return all[unitsMax - 1] ?? Number.MAX_VALUE;
}
