// Guards: back to what worked within one window, bound to the version of the flag, and never in the way of the application.
import { describe, expect, it } from 'vitest';
import type { Flag, Overlay } from '@org/contract/model';
import { createMemoryClient, type BreakerTrip, type MemoryClient } from '../index.ts';
import { createBreaker } from './breaker.ts';

const limits = { windowMs: 10_000, callsMin: 10, errorRateMax: 0.25 };

describe('a breaker', () => {
  const fail = (
    breaker: ReturnType<typeof createBreaker>,
    calls: number,
    revision = 1,
    atMs = 0,
  ): boolean[] => Array.from({ length: calls }, () => breaker.ended('new', revision, true, atMs));

  it('opens once, when enough calls in the window failed', () => {
    const breaker = createBreaker(limits);
    expect(fail(breaker, 12)).toEqual([...Array<boolean>(9).fill(false), true, false, false]);
    expect(breaker.isOpen('new', 1)).toBe(true);
    expect(breaker.isOpen('old', 1)).toBe(false);
  });

  it('forgets what left the window', () => {
    const breaker = createBreaker(limits);
    fail(breaker, 9);
    expect(fail(breaker, 9, 1, 11_000)).not.toContain(true);
  });

  it('stays open for its version, closes with the next one, and takes nothing from the one before', () => {
    const breaker = createBreaker(limits);
    fail(breaker, 10, 5);
    for (let call = 0; call < 1_000; call += 1) breaker.ended('new', 5, false, 20_000);
    expect(breaker.isOpen('new', 5)).toBe(true);
    expect(breaker.isOpen('new', 6)).toBe(false);
    breaker.ended('new', 6, false, 20_000);
    expect(fail(breaker, 50, 5, 20_000)).not.toContain(true);
    expect(breaker.isOpen('new', 6)).toBe(false);
  });

  it('does not leave a variant for others that fail as well', () => {
    const breaker = createBreaker(limits);
    for (let call = 0; call < 20; call += 1) breaker.ended('old', 1, true, 0);
    expect(fail(breaker, 50)).not.toContain(true);
  });
});

const flag: Flag = {
  type: 'string',
  enabled: true,
  variants: { old: 'form', new: 'wizard' },
  default: { variant: 'old' },
};
const overlay: Overlay = {
  target: { kind: 'flag', key: 'checkout' },
  patch: { serve: { variant: 'new' } },
  ranges: [{ from: 0, to: 50_000 }],
  mode: 'live',
};
const documents = { flags: { checkout: flag }, overlays: { 'rollout:wizard': overlay } };
const contextOf = (unit: number) => ({ targetingKey: `u-${unit}` });

function guarded(client: MemoryClient, critical = false) {
  const handle = client.string('checkout', 'nothing');
  const trips: BreakerTrip[] = [];
  client.on('breaker', (trip) => trips.push(trip));
  let isBroken = true;
  const call = client.guard(
    handle,
    (value) => {
      if (isBroken && value === 'wizard') throw new Error('boom');
      return value;
    },
    critical ? { isCritical: () => true } : {},
  );
  const attempt = (unit: number): string => {
    try {
      return call(contextOf(unit));
    } catch (error) {
      return (error as Error).message;
    }
  };
  return { attempt, trips, mend: () => (isBroken = false) };
}
const units = Array.from({ length: 200 }, (_, unit) => unit);

describe('a guard', () => {
  it('goes back to the last value that worked, until the flag changes', () => {
    const client = createMemoryClient(documents);
    const { attempt, trips, mend } = guarded(client);
    const seen = units.map(attempt);
    expect(seen.filter((each) => each === 'boom')).toHaveLength(10);
    expect(seen.slice(-50)).toEqual(Array<string>(50).fill('form'));
    expect(trips).toMatchObject([{ flagKey: 'checkout', variant: 'new', fallback: 'old', critical: false }]);
    mend();
    expect(new Set(units.map(attempt))).toEqual(new Set(['form']));
    client.set({ ...documents });
    expect(new Set(units.map(attempt))).toEqual(new Set(['form', 'wizard']));
  });

  it('trips at once after a critical error, and answers the default where nothing worked before', () => {
    const all = { ...overlay, ranges: [{ from: 0, to: 100_000 }] };
    const client = createMemoryClient({ ...documents, overlays: { 'rollout:wizard': all } });
    const { attempt, trips } = guarded(client, true);
    expect(units.slice(0, 3).map(attempt)).toEqual(['boom', 'nothing', 'nothing']);
    expect(trips).toMatchObject([{ critical: true, fallback: undefined }]);
  });

  it('waits for promises, and passes on what they become', async () => {
    const client = createMemoryClient(documents);
    const call = client.guard(client.string('checkout', ''), async (value) => {
      await Promise.resolve();
      if (value === 'wizard') throw new Error('boom');
      return value;
    });
    const settled = await Promise.allSettled(units.map((unit) => call(contextOf(unit))));
    expect(settled.some(({ status }) => status === 'rejected')).toBe(true);
    const after = await Promise.allSettled(units.map((unit) => call(contextOf(unit))));
    expect(after.every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('takes whatever options and judgements the application gives', () => {
    const client = createMemoryClient(documents);
    const bad = { windowMs: NaN, callsMin: -1, isFailure: () => { throw new Error('no'); } } as never; // prettier-ignore
    const call = client.guard(client.string('checkout', ''), () => 1, bad);
    expect(call(contextOf(1))).toBe(1);
  });
});

it('says who is in a rollout, also when it is over', () => {
  const client = createMemoryClient(documents);
  const inside = units.filter((unit) => client.inRollout('wizard', contextOf(unit)));
  expect(inside.length / units.length).toBeCloseTo(0.5, 0);
  expect(client.inRollout('unheard-of', contextOf(1))).toBe(false);
  client.set({ flags: { checkout: { ...flag, default: { variant: 'new' } } } });
  expect(units.every((unit) => client.inRollout('wizard', contextOf(unit)))).toBe(true);
  client.set({ flags: { checkout: flag } });
  expect(units.some((unit) => client.inRollout('wizard', contextOf(unit)))).toBe(false);
});
