// The rows of docs/spec/wire.md, one by one, and the timing the simulation cannot judge.
import { describe, expect, it } from 'vitest';
import * as limits from './limits.ts';
import { initialSyncState, step, type SyncState } from './machine.ts';
import type { Position, SyncAction, SyncDelta, SyncEvent, SyncSnapshot } from './types.ts';

const at = (revision: number, historyId = 'h1'): Position => ({
  historyId,
  revision,
  hash: `hash-${revision}`,
});
const delta = (revision: number, rest: Partial<SyncDelta> = {}): SyncDelta => ({
  ...at(revision),
  previousRevision: revision - 1,
  upserts: [],
  deletes: [],
  truncated: false,
  ...rest,
});
const snapshot = (revision: number, historyId = 'h1'): SyncSnapshot => ({
  ...at(revision, historyId),
  documents: [],
});

/** A machine that is fed events, answers load and apply by itself, and remembers what was asked for. */
const createRun = (random = 0.5) => {
  let state: SyncState = initialSyncState;
  let now = 0;
  const asked: SyncAction[] = [];
  const send = (event: SyncEvent): readonly SyncAction[] => {
    const result = step(state, { ...event, now, random });
    state = result.state;
    asked.push(...result.actions);
    const actions = [...result.actions];
    for (const action of result.actions) {
      if (action.type === 'load')
        actions.push(
          ...send({
            type: 'applied',
            position: at(action.snapshot.revision, action.snapshot.historyId),
            problems: [],
          }),
        );
      if (action.type === 'apply')
        actions.push(
          ...send({
            type: 'applied',
            position: at(action.delta.revision, action.delta.historyId),
            problems: [],
          }),
        );
    }
    return actions;
  };
  const run = {
    get state() {
      return state;
    },
    asked,
    send,
    /** Sends to the current connection. */
    push: (
      event:
        | { readonly type: 'delta'; readonly delta: SyncDelta }
        | { readonly type: 'heartbeat'; readonly heartbeat: Position }
        | { readonly type: 'snapshot'; readonly snapshot: SyncSnapshot },
    ) => send({ ...event, connection: state.connection }),
    /** Lets time pass, with a tick whenever one was asked for. */
    pass(ms: number) {
      const end = now + ms;
      while (state.wakeAtMs <= end) {
        now = Math.max(now, state.wakeAtMs);
        send({ type: 'tick' });
      }
      now = end;
    },
    connect: (resumes = true) => send({ type: 'connected', connection: state.connection, resumes }),
  };
  return run;
};

/** Connected, with revision 5 loaded and confirmed. */
const readyAt5 = () => {
  const run = createRun();
  run.send({ type: 'started' });
  run.connect();
  run.push({ type: 'snapshot', snapshot: snapshot(5) });
  run.asked.length = 0;
  return run;
};

const typesOf = (actions: readonly SyncAction[]): readonly string[] =>
  actions.map(({ type }) => type).filter((type) => type !== 'wake');

describe('a client at (h1, 5)', () => {
  it('applies the next delta, stores it and reports it', () => {
    const run = readyAt5();
    expect(typesOf(run.push({ type: 'delta', delta: delta(6) }))).toEqual(['apply', 'persist', 'report']);
    expect(run.state.position).toMatchObject(at(6));
  });

  it('ignores a delta it has', () => {
    const run = readyAt5();
    expect(typesOf(run.push({ type: 'delta', delta: delta(5) }))).toEqual([]);
  });

  it('keeps a delta from beyond a gap, asks for the missing ones at once and then applies all in order', () => {
    const run = readyAt5();
    expect(run.push({ type: 'delta', delta: delta(7) })).toContainEqual({
      type: 'fetchDeltas',
      fetch: 1,
      position: at(5),
      limit: limits.deltasPerFetch,
    });
    run.send({ type: 'deltas', fetch: 1, deltas: [delta(6)], head: at(7) });
    expect(run.state.position).toMatchObject(at(7));
    expect(run.state.pending).toEqual([]);
  });

  it('ignores a delta that does not go from n to n + 1: its numbers were damaged', () => {
    const run = readyAt5();
    expect(typesOf(run.push({ type: 'delta', delta: delta(4102, { previousRevision: 5 }) }))).toEqual([]);
    expect(run.state.head?.revision).toBe(5);
  });

  it('lets the good delta take the place of one that was damaged on its way', () => {
    const run = readyAt5();
    run.push({ type: 'delta', delta: delta(7, { hash: 'damaged' }) });
    run.send({ type: 'deltas', fetch: 1, deltas: [delta(6), delta(7)], head: at(7) });
    expect(run.asked.filter(({ type }) => type === 'apply')).toEqual([
      { type: 'apply', delta: delta(6) },
      { type: 'apply', delta: delta(7) },
    ]);
  });

  it('asks for a snapshot when a delta is truncated', () => {
    const run = readyAt5();
    expect(typesOf(run.push({ type: 'delta', delta: delta(6, { truncated: true }) }))).toEqual([
      'fetchSnapshot',
    ]);
  });

  it('waits a moment for deltas when a heartbeat is ahead, then asks', () => {
    const run = readyAt5();
    expect(typesOf(run.push({ type: 'heartbeat', heartbeat: at(6) }))).toEqual([]);
    run.pass(limits.graceMs - 1);
    expect(typesOf(run.asked)).toEqual([]);
    run.pass(1);
    expect(typesOf(run.asked)).toEqual(['fetchDeltas']);
  });

  it('does not ask when the delta comes in that moment', () => {
    const run = readyAt5();
    run.push({ type: 'heartbeat', heartbeat: at(6) });
    run.push({ type: 'delta', delta: delta(6) });
    run.pass(limits.graceMs * 2);
    expect(typesOf(run.asked)).toEqual(['apply', 'persist', 'report']);
  });

  it('asks for a snapshot when a heartbeat names another hash', () => {
    const run = readyAt5();
    expect(typesOf(run.push({ type: 'heartbeat', heartbeat: { ...at(5), hash: 'other' } }))).toEqual([
      'fetchSnapshot',
    ]);
  });

  it('ignores a heartbeat of an older replica', () => {
    const run = readyAt5();
    expect(typesOf(run.push({ type: 'heartbeat', heartbeat: at(4) }))).toEqual([]);
    run.pass(limits.graceMs * 2);
    expect(typesOf(run.asked)).toEqual([]);
  });

  it.each([
    ['a heartbeat', { type: 'heartbeat', heartbeat: at(2, 'h2') } as const],
    ['a delta', { type: 'delta', delta: delta(3, { historyId: 'h2' }) } as const],
  ])('asks for a snapshot when %s names another history, and takes it although it is lower', (_, event) => {
    const run = readyAt5();
    run.push(event);
    run.pass(limits.graceMs);
    expect(typesOf(run.asked)).toEqual(['fetchSnapshot']);
    run.send({ type: 'snapshot', fetch: 1, snapshot: snapshot(3, 'h2') });
    expect(run.state.position).toMatchObject(at(3, 'h2'));
  });

  it('does not go back to an earlier revision, not even by way of another history', () => {
    const run = readyAt5();
    run.push({ type: 'snapshot', snapshot: snapshot(4) });
    expect(run.state.position).toMatchObject(at(5));
    run.push({ type: 'snapshot', snapshot: snapshot(2, 'h2') });
    run.push({ type: 'snapshot', snapshot: snapshot(4) });
    expect(run.state.position).toMatchObject(at(2, 'h2'));
    run.push({ type: 'snapshot', snapshot: snapshot(6) });
    expect(run.state.position).toMatchObject(at(6));
  });

  it('connects anew after 11 s of silence, soon enough to be back before the state is stale', () => {
    const run = readyAt5();
    run.pass(limits.uselessAfterMs - 1);
    expect(run.asked).toEqual([]);
    run.pass(1);
    expect(typesOf(run.asked)).toEqual(['disconnect']);
    run.pass(limits.silenceSpreadMs);
    expect(typesOf(run.asked).at(-1)).toBe('connect');
    expect(run.state.status).toBe('READY');
    expect(limits.uselessAfterMs + limits.silenceSpreadMs).toBeLessThan(limits.staleAfterMs);
  });

  it('is stale after 15 s of silence', () => {
    const run = readyAt5();
    run.pass(limits.staleAfterMs - 1);
    expect(run.state.status).toBe('READY');
    run.pass(1);
    expect(run.state.status).toBe('STALE');
  });

  it('stays ready as long as heartbeats confirm it, and asks for nothing', () => {
    const run = readyAt5();
    for (let beat = 0; beat < 100; beat += 1) {
      run.pass(5_000);
      run.push({ type: 'heartbeat', heartbeat: at(5) });
    }
    expect(run.state.status).toBe('READY');
    expect(typesOf(run.asked)).toEqual([]);
  });

  it('asks for a snapshot when a delta was refused, and says so', () => {
    const run = readyAt5();
    const { state, actions } = step(run.state, {
      type: 'delta',
      connection: run.state.connection,
      delta: delta(6),
      now: 0,
      random: 0,
    });
    expect(typesOf(actions)).toEqual(['apply']);
    const refused = step(state, { type: 'refused', reason: 'hash', now: 0, random: 0 });
    expect(typesOf(refused.actions)).toEqual(['report', 'fetchSnapshot']);
    expect(refused.actions[0]).toMatchObject({
      report: { status: 'REFUSED', revision: 5, refusedRevision: 6 },
    });
    expect(refused.state.position).toMatchObject(at(5));
  });

  it('ignores what an earlier connection or fetch still says', () => {
    const run = readyAt5();
    run.send({ type: 'delta', delta: delta(6), connection: 0 });
    run.send({ type: 'snapshot', snapshot: snapshot(9), fetch: 0 });
    run.send({ type: 'disconnected', connection: 0 });
    expect(run.state.position).toMatchObject(at(5));
    expect(run.state.link).toBe('open');
  });

  it('does not hold more deltas than it may', () => {
    const run = readyAt5();
    for (let revision = 7; revision < 2_000; revision += 1)
      run.push({ type: 'delta', delta: delta(revision) });
    expect(run.state.pending).toHaveLength(limits.pendingDeltasMax);
  });

  it('fetches page after page without waiting while that brings it forward', () => {
    const run = readyAt5();
    run.push({ type: 'heartbeat', heartbeat: at(9) });
    run.pass(limits.graceMs);
    expect(
      typesOf(run.send({ type: 'deltas', fetch: 1, deltas: [delta(6), delta(7)], head: at(9) })),
    ).toContain('fetchDeltas');
    expect(
      typesOf(run.send({ type: 'deltas', fetch: 2, deltas: [delta(8), delta(9)], head: at(9) })),
    ).not.toContain('fetchDeltas');
    expect(run.state.position).toMatchObject(at(9));
  });
});

describe('a client that starts', () => {
  it('is ready with the first snapshot', () => {
    const run = createRun();
    expect(typesOf(run.send({ type: 'started' }))).toEqual(['connect']);
    run.connect();
    expect(run.state.status).toBe('NOT_READY');
    run.push({ type: 'snapshot', snapshot: snapshot(5) });
    expect(run.state.status).toBe('READY');
  });

  it('is stale with a stored snapshot until a core confirms it', () => {
    const run = createRun();
    expect(run.send({ type: 'started', cached: at(5) })).toContainEqual({
      type: 'connect',
      connection: 1,
      position: at(5),
    });
    expect(run.state.status).toBe('STALE');
    run.connect();
    run.push({ type: 'heartbeat', heartbeat: at(5) });
    expect(run.state.status).toBe('READY');
  });

  it.each([
    ['deltas when it has a state', at(5), 'fetchDeltas'],
    ['a snapshot when it has none', undefined, 'fetchSnapshot'],
  ] as const)('fetches %s by itself when the channel does not resume', (_, cached, fetch) => {
    const run = createRun();
    run.send(cached ? { type: 'started', cached } : { type: 'started' });
    expect(typesOf(run.connect(false))).toEqual([fetch]);
  });

  it('keeps deltas that arrive before the snapshot', () => {
    const run = createRun();
    run.send({ type: 'started' });
    run.connect(false);
    run.push({ type: 'delta', delta: delta(6) });
    run.send({ type: 'snapshot', fetch: 1, snapshot: snapshot(5) });
    expect(run.state.position).toMatchObject(at(6));
  });
});

describe('an outage', () => {
  it('is never given up: at most one attempt per 30 s after a while, and back within 35 s (R12)', () => {
    const run = readyAt5();
    run.send({ type: 'disconnected', connection: run.state.connection });
    run.pass(60 * 60 * 1000);
    const before = run.state.connection;
    run.pass(60 * 60 * 1000);
    const attempts = run.state.connection - before;
    expect(attempts).toBeGreaterThanOrEqual((60 * 60) / 40);
    expect(attempts).toBeLessThanOrEqual((60 * 60) / 30);
    expect(limits.longOutageDelayMs + limits.longOutageSpreadMs).toBeLessThan(35_000);
    // The core is back: the next attempt succeeds.
    while (run.state.link !== 'connecting') run.pass(1_000);
    run.connect();
    run.push({ type: 'heartbeat', heartbeat: at(5) });
    expect(run.state.status).toBe('READY');
  });

  it('leaves the last good state as it is, for a day (R9)', () => {
    const run = readyAt5();
    run.send({ type: 'disconnected', connection: run.state.connection });
    run.pass(24 * 60 * 60 * 1000);
    expect(run.state.status).toBe('STALE');
    expect(run.state.position).toMatchObject(at(5));
    expect(typesOf(run.asked).filter((type) => type === 'load' || type === 'apply')).toEqual([]);
  });

  it('comes back sooner from silence than from a refusal, as it has cost time already', () => {
    const waits = [true, false].map((silent) => {
      const run = readyAt5();
      run.send({ type: 'disconnected', connection: run.state.connection, silent });
      return run.state.linkAtMs;
    });
    expect(waits).toEqual([limits.silenceSpreadMs / 2, limits.reconnectSpreadMs / 2]);
  });

  it('ends with reconnects spread over 10 s (R11)', () => {
    const delays = Array.from({ length: 1000 }, (_, index) => {
      const { state } = step(readyAt5().state, {
        type: 'disconnected',
        connection: 1,
        now: 0,
        random: index / 1000,
      });
      return state.linkAtMs;
    });
    expect(Math.max(...delays)).toBeGreaterThanOrEqual(8_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(limits.reconnectSpreadMs);
    const perTenth = new Map<number, number>();
    for (const delay of delays)
      perTenth.set(Math.floor(delay / 100), (perTenth.get(Math.floor(delay / 100)) ?? 0) + 1);
    expect(Math.max(...perTenth.values())).toBeLessThanOrEqual(delays.length * 0.05);
  });

  it('gives messages a moment to be read when the process was blocked', () => {
    const run = readyAt5();
    const blocked = { now: 60_000, random: 0.5 };
    const { state } = step(run.state, { type: 'tick', ...blocked });
    expect(state.link).toBe('open');
    expect(state.wakeAtMs).toBe(blocked.now + limits.lateTickMs);
  });
});
