// Every checker finds the violation planted for it, and nothing in a clean run.
import { expect, it } from 'vitest';
import { alwaysGuaranteed, check, noGap } from './checkers.ts';
import type { History, Sighting } from './history.ts';

const see = (revision: number, number = revision * 10, client = 'c1', historyId = 'h1'): Sighting => ({
  client,
  historyId,
  revision,
  first: number,
  second: number,
});

const clean: History = {
  commits: [
    { number: 10, revision: 1 },
    { number: 20, revision: 2 },
    { number: 30, revision: 3 },
    { number: 40 },
  ],
  sightings: [see(1), see(1, 10, 'c2'), see(2), see(3), see(3, 30, 'c2')],
  finals: [
    { client: 'c1', revision: 3, hash: 'aa' },
    { client: 'c2', revision: 3, hash: 'aa' },
  ],
  core: {
    revision: 3,
    hash: 'aa',
    numbers: new Map([
      [1, 10],
      [2, 20],
      [3, 30],
    ]),
  },
};

const numbers = (...entries: readonly (readonly [number, number])[]): History['core'] => ({
  ...clean.core,
  numbers: new Map(entries),
});

it('finds nothing in a clean run', () => {
  expect(check(clean)).toEqual([]);
});

const planted: readonly (readonly [string, string, Partial<History>])[] = [
  ['a step back', 'Ordered', { sightings: [see(2), see(1)] }],
  ['a revision seen twice', 'Ordered', { sightings: [see(2), see(2)] }],
  ['half a commit', 'Atomic', { sightings: [{ ...see(2), second: 10 }] }],
  ['content that was never committed', 'NoPhantom', { sightings: [see(2, 99)] }],
  ['a revision beyond the head', 'NoPhantom', { sightings: [see(4)] }],
  ['an acknowledged commit that is gone', 'NothingLost', { core: numbers([1, 10], [2, 20]) }],
  ['an acknowledged commit that was replaced', 'NothingLost', { core: numbers([1, 10], [2, 20], [3, 31]) }],
  ['a commit done twice', 'AtMostOnce', { core: numbers([1, 10], [2, 20], [3, 30], [4, 30]) }],
  ['a hole in the history', 'Gapless', { core: numbers([1, 10], [2, 20], [3, 30], [5, 50]) }],
  ['a client left behind', 'Converged', { finals: [{ client: 'c1', revision: 2, hash: 'aa' }] }],
  ['a client with other content', 'Converged', { finals: [{ client: 'c1', revision: 3, hash: 'ab' }] }],
];

it.each(planted)('finds %s', (_, guarantee, change) => {
  expect(check({ ...clean, ...change }).map((found) => found.guarantee)).toContain(guarantee);
});

it('finds a skipped revision where none may be skipped', () => {
  const history = { ...clean, sightings: [see(1), see(3)] };
  expect(check(history, [noGap]).map((found) => found.guarantee)).toEqual(['NoGap']);
  expect(check(history, alwaysGuaranteed)).toEqual([]);
});

it('takes a new history for a new beginning', () => {
  expect(check({ ...clean, sightings: [see(3), see(1, 10, 'c1', 'h2')] })).toEqual([]);
});
