// One session and one channel at a time; a session lost beside a living channel is replaced without a word.
import { afterEach, describe, expect, it } from 'vitest';
import { createConnection, type Connection } from './connection.ts';
import { nodePlatform, type Platform } from './platform.ts';
import type { OpenChannel, PushChannel, PushListener, PushSurroundings } from './push/push-channel.ts';
import { startFakeCore, type FakeCore } from './testing/fake-core.ts';
import { until } from './testing/until.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const startCores = async (count: number): Promise<readonly FakeCore[]> => {
  const cores = await Promise.all(Array.from({ length: count }, () => startFakeCore()));
  for (const core of cores) cleanUps.push(() => core.stop());
  return cores;
};

const hasty: Platform = { ...nodePlatform, random: () => 0.001 };
/** Long waits never end here: what happens did not wait for one. */
const withoutLongWaits: Platform = {
  ...nodePlatform,
  random: () => 0.4,
  after: (ms, run) => (ms > 3_000 ? () => undefined : nodePlatform.after(ms, run)),
};

/** A connection with a channel that only remembers. Waits are short: chance gives little. */
const start = (urls: readonly string[], survives: boolean, platform: Platform = hasty) => {
  const told: string[] = [];
  const opened: { surroundings: PushSurroundings; listener: PushListener; closed: number }[] = [];
  const channel: PushChannel = {
    open(surroundings, listener): OpenChannel {
      const entry = { surroundings, listener, closed: 0 };
      opened.push(entry);
      return { survives: () => survives, close: () => (entry.closed += 1) };
    },
  };
  const connection: Connection = createConnection({
    urls,
    key: 'flags_s_a_b',
    platform,
    channel,
    position: () => undefined,
    onReplaced: () => told.push('replaced'),
  });
  cleanUps.push(() => connection.close());
  const open = (): void =>
    connection.open({
      connected: () => told.push('connected'),
      snapshot: () => told.push('snapshot'),
      delta: () => told.push('delta'),
      heartbeat: () => told.push('heartbeat'),
      closed: () => told.push('closed'),
    });
  return { connection, open, told, opened };
};
const head = { historyId: 'h', revision: 1, hash: '' };

describe('connection', () => {
  it('goes to the next core each time it is opened', async () => {
    const cores = await startCores(2);
    const urls = cores.map(({ url }) => url);
    const { connection, open } = start(urls, false);
    const seen: (string | undefined)[] = [];
    for (let time = 0; time < 3; time += 1) {
      open();
      seen.push(connection.session?.url);
    }
    expect(seen).toEqual([urls[0], urls[1], urls[0]]);
  });

  it('says once that the session ended, and closes the channel', async () => {
    const [core] = await startCores(1);
    const { connection, open, told, opened } = start([core!.url], false);
    open();
    await core!.stop();
    await until('it was told', () => told.length > 0);
    opened[0]?.listener.heartbeat(head);
    expect(told).toEqual(['closed']);
    expect(opened[0]?.closed).toBe(1);
    expect(connection.session).toBeUndefined();
  });

  it('replaces a session quietly while the channel lives on', async () => {
    const [first, second] = await startCores(2);
    const { connection, open, told, opened } = start([first!.url, second!.url], true);
    open();
    await first!.stop();
    await until('there is another session', () => connection.session?.url === second!.url);
    opened[0]?.listener.heartbeat(head);
    expect(told).toEqual(['replaced', 'heartbeat']);
    expect(opened).toHaveLength(1);
    expect(opened[0]?.surroundings.session()).toBe(connection.session);
    await second!.stop();
    await until('it looks for the first again', () => connection.session?.url === first!.url);
  });

  it('replaces a session sooner when a repair waits for it', async () => {
    const [first, second] = await startCores(2);
    const { connection, open } = start([first!.url, second!.url], true, withoutLongWaits);
    open();
    await first!.stop();
    await until('the session is lost', () => connection.session === undefined);
    connection.summon();
    await until('there is another session', () => connection.session?.url === second!.url);
  });

  it('hears nothing of an earlier channel, and nothing after close', async () => {
    const cores = await startCores(1);
    const { connection, open, told, opened } = start([cores[0]!.url], false);
    open();
    open();
    opened[0]?.listener.heartbeat(head);
    opened[0]?.listener.closed(undefined);
    connection.close();
    opened[1]?.listener.heartbeat(head);
    expect(told).toEqual([]);
    expect(opened.map(({ closed }) => closed)).toEqual([1, 1]);
  });
});
