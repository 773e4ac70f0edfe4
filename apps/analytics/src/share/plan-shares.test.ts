// Partitions always have at most one holder, end up shared fairly, and leave whoever is gone.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  lowestPosition,
  membersGone,
  noShares,
  parseShares,
  partsOf,
  planShares,
  type Shares,
  type Sightings,
} from './plan-shares.ts';

const self = (id: string, position = 5) => ({ id, address: `${id}:1`, position });
const nobody: ReadonlySet<string> = new Set();

it('gives all partitions to the first, and a fair part to each that comes', () => {
  let shares = planShares(noShares, self('a'), nobody);
  expect(partsOf(shares, 'a').length).toBe(64);
  for (const id of ['b', 'a', 'b', 'c', 'a', 'b', 'c']) shares = planShares(shares, self(id), nobody);
  const counts = ['a', 'b', 'c'].map((id) => partsOf(shares, id).length);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(64);
  expect(Math.max(...counts)).toBeLessThanOrEqual(22);
  expect(parseShares(JSON.stringify(shares))).toEqual(shares);
});

it('never takes a partition from a member that is there, and leaves none without holder for long', () => {
  const turn = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean());
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 40 }), (turns) => {
      let shares: Shares = noShares;
      for (const [id, isAlone] of turns) {
        const gone = isAlone ? new Set(Object.keys(shares.members).filter((name) => name !== id)) : nobody;
        const next = planShares(shares, self(id), gone);
        for (const [part, owner] of next.owners.entries()) {
          const before = shares.owners[part]!;
          // Who is there keeps what it has, unless it gives it up itself.
          if (owner !== before && before !== '' && !gone.has(before))
            expect([before, owner]).toEqual([id, '']);
        }
        shares = next;
      }
      const members = Object.keys(shares.members);
      for (let round = 0; round < 3; round += 1)
        for (const id of members) shares = planShares(shares, self(id), nobody);
      if (members.length > 0) expect(shares.owners).not.toContain('');
    }),
    { seed: 11 },
  );
});

it('takes for gone who did not count on for a lease, by the clock of the one who looks', () => {
  const sightings: Sightings = new Map();
  const shares = planShares(noShares, self('a'), nobody);
  const gone = (from: Shares, nowMs: number) => [...membersGone(from, sightings, nowMs, 100)];
  expect(gone(shares, 1_000)).toEqual([]);
  expect(gone(shares, 1_099)).toEqual([]);
  expect(gone(planShares(shares, self('a'), nobody), 1_150)).toEqual([]);
  expect(gone(planShares(shares, self('a'), nobody), 1_250)).toEqual(['a']);
});

it('knows how far the log was read for every partition', () => {
  expect(lowestPosition(noShares)).toBe(0);
  const taking = planShares(noShares, self('a', 7), nobody);
  expect(lowestPosition(taking)).toBe(0);
  const held = planShares(taking, self('a', 7), nobody);
  expect(lowestPosition(held)).toBe(7);
  const given = planShares(planShares(held, self('b', 9), nobody), self('a', 8), nobody);
  expect(lowestPosition(given)).toBe(0);
});
