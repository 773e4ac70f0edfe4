// The stream machine row by row: docs/spec/wire.md, State and movement.
import { describe, expect, it } from 'vitest';
import { createMapEvaluator } from '../testing/map-evaluator.ts';
import { createRandom } from '../testing/random.ts';
import { createTruth } from '../testing/truth.ts';
import type { Position, SyncStatus } from '../types.ts';
import { createStreamMachine } from './stream-machine.ts';
import { createStreamReplica } from './stream-replica.ts';

/** A machine at revision `at` of a history of five, on a clock moved by hand, with the highest possible chance. */
const start = (at = 0) => {
  const truth = createTruth(createRandom(1));
  for (let i = 0; i < 5; i += 1) truth.commit();
  const entry = (revision: number) => truth.log[revision]!;
  const replica = createStreamReplica(createMapEvaluator());
  const seen = {
    nowMs: 0,
    connects: [] as (Position | undefined)[],
    open: false,
    wakeMs: 0,
    statuses: [] as SyncStatus[],
    changes: 0,
  };
  const machine = createStreamMachine(replica, {
    now: () => seen.nowMs,
    random: () => 0.999,
    connect(position) {
      seen.connects.push(position);
      seen.open = true;
    },
    disconnect: () => (seen.open = false),
    wakeIn: (delayMs) => (seen.wakeMs = seen.nowMs + delayMs),
    onStatus: (status) => seen.statuses.push(status),
    onChange: () => (seen.changes += 1),
  });
  if (at > 0) replica.load({ ...entry(at).position, documents: entry(at).documents });
  machine.start();
  machine.opened();
  const snapshot = (revision: number) => ({
    snapshot: { ...entry(revision).position, documents: entry(revision).documents },
  });
  return { machine, replica, seen, entry, snapshot };
};

describe('the stream machine', () => {
  it('connects from nothing at first, from where it is afterwards', () => {
    const { machine, seen, snapshot, entry } = start();
    expect(seen.connects).toEqual([undefined]);
    machine.receive(snapshot(3));
    expect(seen.statuses).toEqual(['READY']);
    machine.closed();
    seen.nowMs = seen.wakeMs;
    machine.tick();
    expect(seen.connects[1]).toEqual(entry(3).position);
  });

  it('counts a stored state as stale until the other end confirms it', () => {
    const { machine, seen, entry } = start(3);
    expect(seen.connects).toEqual([entry(3).position]);
    expect(seen.statuses).toEqual(['STALE']);
    machine.receive({ heartbeat: entry(3).position });
    expect(seen.statuses).toEqual(['STALE', 'READY']);
  });

  it.each([
    [
      'a delta that fits is applied',
      3,
      (s: ReturnType<typeof start>) => ({ delta: s.entry(4).delta! }),
      4,
      0,
    ],
    ['an old delta is ignored', 3, (s: ReturnType<typeof start>) => ({ delta: s.entry(2).delta! }), 3, 0],
    ['an old snapshot is ignored', 3, (s: ReturnType<typeof start>) => s.snapshot(2), 3, 0],
    [
      'an old heartbeat is ignored',
      3,
      (s: ReturnType<typeof start>) => ({ heartbeat: s.entry(2).position }),
      3,
      0,
    ],
    ['an empty message is ignored', 3, () => ({}), 3, 0],
    ['a newer snapshot is loaded', 3, (s: ReturnType<typeof start>) => s.snapshot(5), 5, 0],
    [
      'a gap is repaired from where it is',
      3,
      (s: ReturnType<typeof start>) => ({ delta: s.entry(5).delta! }),
      3,
      'position',
    ],
    [
      'a heartbeat ahead is repaired from where it is',
      3,
      (s: ReturnType<typeof start>) => ({ heartbeat: s.entry(5).position }),
      3,
      'position',
    ],
    [
      'another hash is repaired from nothing',
      3,
      (s: ReturnType<typeof start>) => ({ heartbeat: { ...s.entry(3).position, hash: '00' } }),
      3,
      'nothing',
    ],
    [
      'another history is repaired from nothing',
      3,
      (s: ReturnType<typeof start>) => ({ heartbeat: { ...s.entry(3).position, historyId: 'h9' } }),
      3,
      'nothing',
    ],
    [
      'a truncated delta is repaired from nothing',
      3,
      (s: ReturnType<typeof start>) => ({ delta: { ...s.entry(4).delta!, truncated: true } }),
      3,
      'nothing',
    ],
    [
      'a damaged delta is repaired from nothing',
      3,
      (s: ReturnType<typeof start>) => ({ delta: { ...s.entry(4).delta!, hash: '00' } }),
      3,
      'nothing',
    ],
    [
      'a damaged snapshot is repaired from nothing',
      3,
      (s: ReturnType<typeof start>) => ({ snapshot: { ...s.snapshot(5).snapshot, hash: 'not a hash' } }),
      3,
      'nothing',
    ],
  ] as const)('%s', (_name, at, message, revision, repair) => {
    const world = start(at);
    world.machine.receive(message(world));
    expect(world.replica.position).toEqual(world.entry(revision).position);
    const again = repair === 0 ? [] : [repair === 'nothing' ? undefined : world.entry(at).position];
    expect(world.seen.connects.slice(1)).toEqual(again);
  });

  it('repairs at once the first time, then waits longer and longer, at most 10 s', () => {
    const { machine, seen, entry } = start(3);
    const waits: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      machine.receive({ heartbeat: { ...entry(3).position, hash: '00' } });
      waits.push(Math.round(seen.open ? 0 : seen.wakeMs - seen.nowMs));
      seen.nowMs = Math.max(seen.nowMs, seen.open ? 0 : seen.wakeMs);
      machine.tick();
      machine.opened();
    }
    expect(waits).toEqual([0, 999, 1998, 3996, 7992, 9990, 9990, 9990]);
  });

  it('says stale after 15 s of silence, and opens another stream', () => {
    const { machine, seen, entry } = start(3);
    machine.receive({ heartbeat: entry(3).position });
    seen.nowMs = 14_999;
    machine.tick();
    expect(seen.statuses).toEqual(['STALE', 'READY']);
    seen.nowMs = 15_000;
    machine.tick();
    expect(seen.statuses).toEqual(['STALE', 'READY', 'STALE']);
    expect(seen.open).toBe(false);
    seen.nowMs = seen.wakeMs;
    expect(seen.nowMs).toBeLessThanOrEqual(19_000);
    machine.tick();
    expect(seen.connects).toHaveLength(2);
  });

  it('opens another stream when the other end lives and has been behind for 15 s', () => {
    const { machine, seen, entry } = start(3);
    machine.receive({ heartbeat: entry(3).position });
    for (let beat = 0; beat < 4; beat += 1) {
      seen.nowMs += 5_000;
      if (seen.open) machine.receive({ heartbeat: entry(2).position });
    }
    expect(seen.statuses.at(-1)).toBe('STALE');
    expect(seen.open).toBe(false);
    seen.nowMs = seen.wakeMs;
    machine.tick();
    expect(seen.connects.at(-1)).toEqual(entry(3).position);
    expect(seen.connects).toHaveLength(2);
  });

  it('has more patience with the next attempt when one was not answered in time', () => {
    const { machine, seen } = start();
    machine.closed();
    seen.nowMs = seen.wakeMs;
    machine.tick();
    const patience: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      patience.push(seen.wakeMs - seen.nowMs);
      seen.nowMs = seen.wakeMs;
      machine.tick();
      seen.nowMs = seen.wakeMs;
      machine.tick();
    }
    expect(patience).toEqual([5_000, 15_000, 15_000]);
  });

  it('asks at most every 30 s in a long outage, and at once when nudged', () => {
    const { machine, seen } = start();
    const waits: number[] = [];
    while (seen.nowMs < 600_000) {
      machine.closed();
      waits.push(seen.wakeMs - seen.nowMs);
      seen.nowMs = seen.wakeMs;
      machine.tick();
    }
    expect(Math.max(...waits.slice(0, 5))).toBeLessThanOrEqual(10_000);
    expect(waits.slice(-5).every((wait) => wait >= 30_000 && wait <= 34_000)).toBe(true);
    machine.closed();
    const before = seen.connects.length;
    machine.nudge();
    expect(seen.connects).toHaveLength(before + 1);
  });
});
