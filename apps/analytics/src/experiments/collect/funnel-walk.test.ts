// Ways through steps: order, windows, second tries; and the same as trying every choice of events.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FunnelWalk } from './funnel-walk.ts';

type Taken = readonly (readonly [step: number, timeMs: number])[];
const walk = (events: Taken, withinMs = Infinity, steps = 3) => {
  const one = new FunnelWalk(steps, withinMs);
  for (const [step, timeMs] of events.toSorted((a, b) => a[1] - b[1] || a[0] - b[0])) one.take(step, timeMs);
  return one.end();
};

it.each<[string, Taken, number, number, readonly number[]]>([
  [
    'in order',
    [
      [0, 1],
      [1, 3],
      [2, 8],
    ],
    Infinity,
    3,
    [0, 2, 5],
  ],
  [
    'not in order',
    [
      [1, 1],
      [0, 2],
      [2, 3],
    ],
    Infinity,
    1,
    [0],
  ],
  [
    'late',
    [
      [0, 1],
      [1, 3],
      [2, 8],
    ],
    6,
    2,
    [0, 2],
  ],
  [
    'late, but tried again',
    [
      [0, 1],
      [0, 5],
      [1, 6],
      [2, 8],
    ],
    3,
    3,
    [0, 1, 2],
  ],
  [
    'an old try beside a new one',
    [
      [0, 1],
      [1, 2],
      [0, 9],
      [2, 10],
    ],
    Infinity,
    3,
    [0, 1, 8],
  ],
  [
    'all at once',
    [
      [0, 1],
      [1, 1],
      [2, 1],
    ],
    0,
    3,
    [0, 0, 0],
  ],
  ['nothing', [], Infinity, 0, []],
])('%s', (_, events, withinMs, reached, gapsMs) =>
  // prettier-ignore
  expect(walk(events, withinMs)).toEqual({ reached, gapsMs }),
);

it('forgets one unit before the next', () => {
  const one = new FunnelWalk(2, Infinity);
  one.take(0, 1);
  one.end();
  one.take(1, 2);
  expect(one.end().reached).toBe(0);
});

/** The longest way among all choices of one event for each step. */
function longest(events: Taken, withinMs: number, steps: number): number {
  const go = (step: number, beganMs: number, lastMs: number): number => {
    if (step === steps) return steps;
    const next = events.filter(
      ([own, timeMs]) => own === step && timeMs >= lastMs && timeMs - beganMs <= withinMs,
    );
    return Math.max(step, ...next.map(([, timeMs]) => go(step + 1, beganMs, timeMs)));
  };
  return Math.max(0, ...events.filter(([step]) => step === 0).map(([, timeMs]) => go(1, timeMs, timeMs)));
}

it('finds the way that goes furthest', () => {
  const event = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 12 }));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), fc.integer({ min: 0, max: 12 }), (events, withinMs) => {
      expect(walk(events, withinMs).reached).toBe(longest(events, withinMs, 3));
    }),
    { seed: 11, numRuns: 500 },
  );
});
