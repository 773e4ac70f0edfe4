// A frozen peer is noticed in time (R13), a blocked process is no frozen peer.
import { describe, expect, it } from 'vitest';
import { keepAliveIdleMs, keepAliveTimeoutMs } from '../limits.ts';
import { createVirtualPlatform } from '../testing/virtual-platform.ts';
import { keepAlive } from './keep-alive.ts';

const start = () => {
  const platform = createVirtualPlatform();
  let pings = 0;
  let deaths = 0;
  let answer: ((error: Error | null) => void) | undefined;
  const session = {
    ping: (callback: (error: Error | null, duration: number, payload: Buffer) => void): boolean => {
      pings += 1;
      answer = (error) => callback(error, 0, Buffer.alloc(8));
      return true;
    },
  };
  const kept = keepAlive(session as Parameters<typeof keepAlive>[0], platform, () => (deaths += 1));
  return {
    platform,
    kept,
    answer: (error: Error | null = null) => answer?.(error),
    count: () => ({ pings, deaths }),
  };
};

describe('keep-alive', () => {
  it('asks an idle peer and ends the connection when it does not answer, within 15 s of its last word', async () => {
    const { platform, count } = start();
    await platform.pass(keepAliveIdleMs);
    expect(count()).toEqual({ pings: 1, deaths: 0 });
    await platform.pass(keepAliveTimeoutMs);
    expect(count()).toEqual({ pings: 1, deaths: 1 });
    await platform.pass(60_000);
    expect(count()).toEqual({ pings: 1, deaths: 1 });
    expect(keepAliveIdleMs + keepAliveTimeoutMs).toBeLessThan(15_000);
  });

  it('goes on as long as pings are answered', async () => {
    const { platform, answer, count } = start();
    for (let second = 0; second < 600; second += 1) {
      await platform.pass(1_000);
      answer();
    }
    expect(count().deaths).toBe(0);
  });

  it('takes a failed ping for no answer', async () => {
    const { platform, answer, count } = start();
    await platform.pass(keepAliveIdleMs);
    answer(new Error('cancelled'));
    await platform.pass(keepAliveTimeoutMs);
    expect(count().deaths).toBe(1);
  });

  it('does not ask a peer that talks', async () => {
    const { platform, kept, count } = start();
    for (let second = 0; second < 60; second += 1) {
      await platform.pass(1_000);
      kept.alive();
    }
    expect(count()).toEqual({ pings: 0, deaths: 0 });
  });

  it('leaves no timer behind when stopped', async () => {
    const { platform, kept, count } = start();
    kept.stop();
    await platform.pass(60_000);
    expect(count()).toEqual({ pings: 0, deaths: 0 });
    expect(platform.waiting).toBe(0);
  });
});
