// Watch is open exactly while nothing arrives over NATS.
import { describe, expect, it } from 'vitest';
import type { Position } from '@org/sync';
import { FlagsError } from '../errors.ts';
import type { Session } from '../grpc/session.ts';
import { natsConnectMs, natsSilenceMs, natsSilenceSpreadMs, watchSpreadMs } from '../limits.ts';
import { createVirtualPlatform } from '../testing/virtual-platform.ts';
import { createAutoChannel } from './auto-channel.ts';
import type { NatsEvents } from './nats-listener.ts';
import type { PushChannel, PushListener } from './push-channel.ts';

const head: Position = { historyId: 'h', revision: 1, hash: 'x' };
const lost = new FlagsError('PUSH_UNAVAILABLE', 'gone');

const session: Session = { url: 'http://core', call: () => () => undefined, close: () => undefined };

const open = ({ withWatch = true } = {}) => {
  let current: Session | undefined = session;
  const platform = createVirtualPlatform();
  const told: string[] = [];
  let nats: NatsEvents | undefined;
  let natsStopped = false;
  const watches: { listener: PushListener; closed: boolean }[] = [];
  const watch: PushChannel = {
    open(_, listener) {
      const entry = { listener, closed: false };
      watches.push(entry);
      return { survives: () => false, close: () => (entry.closed = true) };
    },
  };
  const channel = createAutoChannel({
    nats: (_, events) => {
      nats = events;
      return () => (natsStopped = true);
    },
    watch: withWatch ? watch : undefined,
    platform,
    onError: () => undefined,
  });
  const opened = channel.open(
    { session: () => current, position: () => undefined },
    {
      connected: (resumes) => told.push(`connected ${resumes}`),
      snapshot: () => told.push('snapshot'),
      delta: () => told.push('delta'),
      heartbeat: () => told.push('heartbeat'),
      closed: (error) => told.push(`closed ${error?.code}`),
    },
  );
  return {
    platform,
    told,
    opened,
    nats: nats!,
    watches,
    watching: () => watches.filter(({ closed }) => !closed).length,
    natsStopped: () => natsStopped,
    loseSession: () => (current = undefined),
  };
};

describe('auto channel', () => {
  it('needs no Watch while NATS connects in time and heartbeats arrive', async () => {
    const { platform, nats, told, watching, opened } = open();
    nats.connected();
    for (let beat = 0; beat < 20; beat += 1) {
      nats.heartbeat(head);
      await platform.pass(5_000);
    }
    expect(watching()).toBe(0);
    expect(told.filter((what) => what !== 'heartbeat')).toEqual(['connected false']);
    expect(opened.survives()).toBe(true);
  });

  it('watches at once where there is no push channel', async () => {
    const { platform, nats, told, watches, watching } = open();
    nats.none();
    await platform.pass(0);
    watches[0]?.listener.connected(true);
    expect(watching()).toBe(1);
    expect(told).toEqual(['connected true']);
  });

  it('watches until NATS is there, then changes over without a second word', async () => {
    const { platform, nats, told, watches, watching } = open();
    await platform.pass(natsConnectMs);
    watches[0]?.listener.connected(true);
    nats.connected();
    expect(watching()).toBe(1);
    nats.heartbeat(head);
    expect(watching()).toBe(0);
    expect(told).toEqual(['connected true', 'heartbeat']);
  });

  it('goes back to Watch when NATS is silent, before the state would be stale', async () => {
    const { platform, nats, watching, opened } = open();
    nats.connected();
    nats.heartbeat(head);
    await platform.pass(natsSilenceMs - 1);
    expect(watching()).toBe(0);
    await platform.pass(natsSilenceSpreadMs + 1);
    expect(watching()).toBe(1);
    expect(opened.survives()).toBe(false);
    expect(natsSilenceMs + natsSilenceSpreadMs).toBeLessThan(11_000);
  });

  it('comes to Watch after a random wait when NATS is lost, so that a fleet does not come at once', async () => {
    const { platform, nats, watching } = open();
    nats.connected();
    nats.heartbeat(head);
    nats.lost(lost);
    await platform.pass(watchSpreadMs / 2 - 1);
    expect(watching()).toBe(0);
    await platform.pass(1);
    expect(watching()).toBe(1);
    nats.lost(lost);
    await platform.pass(60_000);
    expect(watching()).toBe(1);
  });

  it('ends at once when NATS is lost while there is no session either, so that only one wait follows', () => {
    const { nats, told, loseSession, natsStopped, watches } = open();
    nats.connected();
    nats.heartbeat(head);
    loseSession();
    nats.lost(lost);
    expect(told.at(-1)).toBe('closed PUSH_UNAVAILABLE');
    expect(natsStopped()).toBe(true);
    expect(watches).toHaveLength(0);
  });

  it('ends when Watch ends and NATS is not there, and closes everything', async () => {
    const { platform, nats, told, watches, natsStopped } = open();
    nats.none();
    await platform.pass(0);
    watches[0]?.listener.closed(new FlagsError('CALL_FAILED', 'x'));
    expect(told).toEqual(['closed CALL_FAILED']);
    expect(natsStopped()).toBe(true);
    expect(platform.waiting).toBe(0);
  });

  it('does not end when Watch ends while NATS delivers', async () => {
    const { platform, nats, told, watches } = open();
    await platform.pass(natsConnectMs);
    nats.connected();
    nats.delta({ ...head, previousRevision: 0, upserts: [], deletes: [], truncated: false });
    watches[0]?.listener.closed(undefined);
    expect(told).not.toContain('closed undefined');
  });

  it('ends without NATS where only NATS was asked for', async () => {
    const { platform, told } = open({ withWatch: false });
    await platform.pass(natsConnectMs);
    expect(told).toEqual(['closed PUSH_UNAVAILABLE']);
  });

  it('says nothing after close', async () => {
    const { platform, opened, told, natsStopped } = open();
    opened.close();
    await platform.pass(60_000);
    expect(told).toEqual([]);
    expect(natsStopped()).toBe(true);
    expect(platform.waiting).toBe(0);
  });
});
