// What guarded calls are folded into: sketches right to their accuracy, units once a minute, nothing lost in silence.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCallTelemetry, type CallTelemetry } from './call-telemetry.ts';
import { createLatencyTally, sketchAccuracy, sketchMsMax } from './latency-sketch.ts';
import type { Event } from './types.ts';
import { createUnitSample, unitHashOf, unitSampleMax } from './unit-sample.ts';

const startMs = Date.UTC(2026, 0, 1);
const outcome = { flagKey: 'checkout', variant: 'new', rule: 'default', revision: 4 };

const create = (windowsMax?: number) => {
  let wallMs = startMs;
  const drops: string[] = [];
  const telemetry = createCallTelemetry({
    wallMs: () => wallMs,
    onDrop: (reason) => drops.push(reason),
    ...(windowsMax === undefined ? {} : { windowsMax }),
  });
  const take = (): readonly CallTelemetry[] => telemetry.take(wallMs).map(callsOf);
  return { telemetry, drops, take, pass: (ms: number) => (wallMs += ms) };
};
const callsOf = ({ body }: Event): CallTelemetry => {
  if (body.$case !== 'calls') throw new Error('another event');
  return body.value;
};

describe('guarded calls', () => {
  it('are counted by outcome, with their errors and trips', () => {
    const { telemetry, take } = create();
    for (const failed of [false, true, false]) telemetry.recordCall(outcome, {}, 5, failed);
    telemetry.recordCall({ ...outcome, variant: 'old', excluded: true }, {}, 1, false);
    telemetry.recordTrip(outcome);
    const [first, second, ...others] = take();
    expect(first).toMatchObject({ ...outcome, calls: 3, errors: 1, trips: 1, excluded: false });
    expect(second).toMatchObject({ variant: 'old', calls: 1, errors: 0, trips: 0, excluded: true });
    expect(others).toEqual([]);
    expect(telemetry.size).toBe(0);
  });

  it('count a unit with errors once a minute, however often it retries', () => {
    const { telemetry, take, pass } = create();
    const fail = (unit: string): void => telemetry.recordCall(outcome, { targetingKey: unit }, 1, true);
    for (let again = 0; again < 50; again += 1) ['u-1', 'u-2'].forEach(fail);
    pass(60_000);
    fail('u-1');
    const told = take();
    expect(told.map(({ errors, unitsWithErrors }) => [errors, unitsWithErrors.length])).toEqual([
      [100, 2],
      [1, 1],
    ]);
    expect(told[0]!.unitsWithErrors).toContain(unitHashOf({ targetingKey: 'u-1' }));
  });

  it('end in their own minute, so that nobody takes them for those of another', () => {
    const { telemetry, pass } = create();
    telemetry.recordCall(outcome, {}, 1, false);
    pass(59_999);
    telemetry.recordCall(outcome, {}, 1, false);
    pass(10);
    const [event] = telemetry.take(startMs + 60_009);
    expect(event!.timeMs).toBe(startMs + 59_999);
    expect(callsOf(event!).fromMs).toBe(startMs);
  });

  it('are dropped and counted where there is no room, or no flag', () => {
    const { telemetry, drops, take } = create(1);
    for (const variant of ['new', 'old', 'new']) telemetry.recordCall({ ...outcome, variant }, {}, 1, false);
    telemetry.recordCall({ ...outcome, flagKey: '' }, {}, 1, false);
    expect(take()).toMatchObject([{ calls: 2 }]);
    expect(drops).toEqual(['counts_full', 'invalid']);
  });

  it('take any context and any duration', () => {
    const { telemetry, take } = create();
    const hostile = new Proxy({}, { get: () => expect.unreachable(), has: () => expect.unreachable() });
    for (const ms of [NaN, -1, Infinity, 0, 1e300]) telemetry.recordCall(outcome, hostile, ms, true);
    const [told] = take();
    expect(told!.calls).toBe(5);
    expect(told!.latency.zeros).toBe(3);
    expect(told!.unitsWithErrors).toEqual([]);
  });
});

describe('latency sketch', () => {
  const durations = fc.array(fc.double({ min: 0.001, max: sketchMsMax, noNaN: true }), { minLength: 1 });

  it('tells quantiles to 1 % of themselves', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const tally = createLatencyTally();
        values.forEach((value) => tally.add(value));
        const exact = values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
        expect(Math.abs(tally.quantile(share)! - exact)).toBeLessThanOrEqual(exact * sketchAccuracy * 1.0001);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('adds up as if it had seen everything itself, over any ways', () => {
    fc.assert(
      fc.property(durations, durations, (some, others) => {
        const [whole, one, other] = [createLatencyTally(), createLatencyTally(), createLatencyTally()];
        for (const value of [...some, ...others, 0]) whole.add(value);
        for (const value of some) one.add(value);
        for (const value of [...others, 0]) other.add(value);
        one.merge(other.toSketch());
        expect(one.toSketch()).toEqual(whole.toSketch());
        expect(one.count).toBe(some.length + others.length + 1);
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it('has nothing to tell of nothing', () => expect(createLatencyTally().quantile(0.5)).toBeUndefined());
});

describe('unit sample', () => {
  const sampleOf = (units: number, from = 0) => {
    const sample = createUnitSample();
    for (let unit = from; unit < from + units; unit += 1) {
      const hash = unitHashOf({ targetingKey: `user-${unit}` })!;
      sample.add(hash);
      sample.add(hash);
    }
    return sample;
  };

  it('is exact while there are few', () => {
    for (const units of [0, 1, 200, unitSampleMax - 1]) expect(sampleOf(units).estimate()).toBe(units);
  });

  it.each([1_000, 20_000, 100_000])('estimates %d units within four standard errors', (units) => {
    expect(Math.abs(sampleOf(units).estimate() / units - 1)).toBeLessThan(4 * 0.0627);
  });

  it('adds up: units in both count once', () => {
    const sum = createUnitSample();
    for (const sample of [sampleOf(2_000), sampleOf(2_000, 1_000)]) sample.toHashes().forEach(sum.add);
    expect(sum.toHashes()).toEqual(sampleOf(3_000).toHashes());
  });

  it('names the unit of kind user, else of the first kind', () => {
    expect(unitHashOf({})).toBeUndefined();
    const user = unitHashOf({ targetingKey: 'a' });
    expect(unitHashOf({ kind: 'multi', account: { targetingKey: 'x' }, user: { targetingKey: 'a' } })).toBe(
      user,
    );
    expect(unitHashOf({ kind: 'account', targetingKey: 'a' })).not.toBe(user);
  });
});
