// The checkers themselves: each is shown its violation, and a client broken on purpose.
import { describe, expect, it } from 'vitest';
import { initialSyncState, type SyncState } from '../machine.ts';
import type { SyncDelta } from '../types.ts';
import * as checkers from './checkers.ts';
import type { Sabotage } from './simulated-client.ts';
import { runSimulation } from './simulation.ts';

const position = { historyId: 'h1', revision: 3, hash: 'aa' };
const delta: SyncDelta = { ...position, previousRevision: 2, upserts: [], deletes: [], truncated: false };

/** What a checker says after `run`. */
const said = (run: (violations: checkers.Violations) => void): readonly string[] => {
  const violations: checkers.Violations = [];
  run(violations);
  return violations;
};

describe('checkers', () => {
  it('notice a step back inside one history, also after another one', () => {
    const steps = (...revisions: readonly [string, number][]): readonly string[] =>
      said((violations) => {
        const check = checkers.checkMonotonic(violations);
        for (const [historyId, revision] of revisions) check({ historyId, revision, hash: '' });
      });
    expect(steps(['h1', 1], ['h1', 1], ['h2', 0], ['h1', 2])).toEqual([]);
    expect(steps(['h1', 2], ['h1', 1])).toHaveLength(1);
    expect(steps(['h1', 2], ['h2', 9], ['h1', 1])).toHaveLength(1);
  });

  it('notice a state that was never committed', () => {
    expect(said((violations) => checkers.checkNoPhantom(violations, () => false)(position))).toHaveLength(1);
    expect(said((violations) => checkers.checkNoPhantom(violations, () => true)(position))).toEqual([]);
  });

  it('notice a half applied state', () => {
    expect(said((violations) => checkers.checkWhole(violations)(position, 'bb'))).toHaveLength(1);
    expect(said((violations) => checkers.checkWhole(violations)(position, 'aa'))).toEqual([]);
  });

  it('notice a second connection', () => {
    const twice = said((violations) => {
      const check = checkers.checkOneConnection(violations);
      check.opened();
      check.closed();
      check.opened();
      check.opened();
    });
    expect(twice).toHaveLength(1);
  });

  it('notice too many of something within a window', () => {
    const run = (times: readonly number[]): readonly string[] =>
      said((violations) => times.forEach(checkers.checkRate(violations, 'Storm', 2, 100)));
    expect(run([0, 50, 101, 160])).toEqual([]);
    expect(run([0, 50, 99])).toHaveLength(1);
  });

  it('notice a queue beyond its bound', () => {
    const state: SyncState = { ...initialSyncState, pending: [delta, delta] };
    expect(said((violations) => checkers.checkBounded(violations, 1)(state))).toHaveLength(1);
    expect(said((violations) => checkers.checkBounded(violations, 2)(state))).toEqual([]);
  });

  it.each<[string, Partial<SyncState>, number]>([
    ['at the head', { position, status: 'READY' }, 0],
    ['behind', { position: { ...position, revision: 2 }, status: 'READY' }, 1],
    ['at the head without knowing it', { position, status: 'STALE' }, 1],
    ['without a state', {}, 1],
  ])('judge the end of a run: %s', (_, state, count) => {
    const violations = said((all) =>
      checkers.checkConverged(all, position, { ...initialSyncState, ...state }),
    );
    expect(violations).toHaveLength(count);
  });

  it.each<[Sabotage, string]>([
    ['trusts damage', 'NoPhantom'],
    ['is deaf', 'Converged'],
    ['forgets to disconnect', 'OneConnection'],
    ['fetches in a storm', 'FetchStorm'],
  ])('notice a client that %s', (sabotage, invariant) => {
    const noticed = Array.from({ length: 200 }, (_, seed) => runSimulation(seed, sabotage).violations).flat();
    expect(noticed.some((violation) => violation.startsWith(invariant))).toBe(true);
  });

  it('say the same about the same seed', () => {
    expect(runSimulation(7, 'is deaf')).toEqual(runSimulation(7, 'is deaf'));
  });
});
