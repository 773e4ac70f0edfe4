// Each batch is repeated unchanged until it is accepted or refused for good; retries are spread and never stop.
import { describe, expect, it } from 'vitest';
import { createRecorder, type Batch } from '@org/events';
import { createEventSender } from './event-sender.ts';
import { FlagsError, grpcStatus } from './errors.ts';
import { createVirtualPlatform } from './testing/virtual-platform.ts';

const start = (eventsMax = 10_000) => {
  const platform = createVirtualPlatform();
  const recorder = createRecorder({
    wallMs: () => platform.wallMs(),
    drainCounts: () => undefined,
    revision: () => 1,
    queue: { eventsMax },
  });
  const batches: Batch[] = [];
  const errors: FlagsError[] = [];
  let statusOf: (batch: Batch) => number | undefined = () => undefined;
  const sender = createEventSender({
    recorder,
    send: (batch) => {
      batches.push(batch);
      const status = statusOf(batch);
      if (status !== undefined) return Promise.reject(new FlagsError('CALL_FAILED', 'x', { status }));
      return Promise.resolve({ duplicate: false });
    },
    intervalMs: 5_000,
    platform,
    onError: (error) => errors.push(error),
  });
  const track = (name = 'a'): void => {
    recorder.track(name, { targetingKey: 'u' }, 1, undefined);
    sender.nudge();
  };
  return {
    platform,
    recorder,
    sender,
    batches,
    errors,
    track,
    answer: (given: number | undefined | typeof statusOf) =>
      (statusOf = typeof given === 'function' ? given : () => given),
  };
};

const hasBad = ({ events }: Batch): boolean =>
  events.some(({ body }) => body.$case === 'metric' && body.value.name === 'bad');

describe('event sender', () => {
  it('sends what came together within an interval', async () => {
    const { platform, batches, track } = start();
    track('a');
    track('b');
    await platform.pass(2_499);
    expect(batches).toEqual([]);
    await platform.pass(1);
    expect(batches.map(({ sequence, events }) => [sequence, events.length])).toEqual([[1, 2]]);
    track('c');
    await platform.pass(5_000);
    expect(batches.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('sends a full batch at once', async () => {
    const { platform, batches, track } = start();
    for (let event = 0; event < 1_200; event += 1) track();
    await platform.pass(0);
    expect(batches.map(({ events }) => events.length)).toEqual([500, 500, 200]);
  });

  it('repeats the identical batch until the core takes it, ever more rarely', async () => {
    const { platform, batches, track, answer, recorder } = start();
    answer(grpcStatus.unavailable);
    track('first');
    await platform.pass(3_600_000);
    const attempts = batches.length;
    expect(attempts).toBeGreaterThan(60);
    expect(attempts).toBeLessThan(150);
    expect(new Set(batches).size).toBe(1);
    track('second');
    answer(undefined);
    await platform.pass(60_000);
    expect(batches.at(-2)).toBe(batches[0]);
    expect(batches.at(-1)).toMatchObject({ sequence: 2 });
    expect(recorder.queue.size).toBe(0);
  });

  it('does not send faster because much is recorded while the core is away', async () => {
    const { platform, batches, track, answer } = start();
    answer(grpcStatus.unavailable);
    track();
    await platform.pass(10_000);
    const attempts = batches.length;
    for (let event = 0; event < 5_000; event += 1) track();
    await platform.pass(100);
    expect(batches.length).toBeLessThanOrEqual(attempts + 1);
  });

  it('drops a batch that the core refuses for good, and says so', async () => {
    const { platform, batches, errors, track, answer, recorder } = start();
    answer(grpcStatus.invalidArgument);
    track();
    await platform.pass(5_000);
    answer(undefined);
    await platform.pass(60_000);
    expect(batches.at(-1)).toMatchObject({ events: [], dropped: { refused: 1 } });
    expect(recorder.queue.size).toBe(0);
    expect(errors.map(({ code }) => code)).toContain('EVENTS_DROPPED');
  });

  it('loses one bad event alone', async () => {
    for (const bad of [[0], [499], [137], [3, 4, 498]]) {
      const { sender, batches, track, answer, recorder } = start();
      answer((batch) => (hasBad(batch) ? grpcStatus.invalidArgument : undefined));
      for (let event = 0; event < 700; event += 1) track(bad.includes(event) ? 'bad' : 'good');
      await sender.flush();
      const taken = batches.filter((batch) => !hasBad(batch));
      expect(taken.flatMap(({ events }) => events)).toHaveLength(700 - bad.length);
      expect(taken.reduce((sum, { dropped }) => sum + (dropped['refused'] ?? 0), 0)).toBe(bad.length);
      expect(new Set(batches.map(({ sequence }) => sequence)).size).toBe(batches.length);
      expect(batches.length).toBeLessThan(20 * bad.length);
      expect(recorder.queue.size).toBe(0);
    }
  });

  it('does not hammer a core that refuses everything', async () => {
    const { sender, batches, track, answer, recorder } = start();
    answer(grpcStatus.invalidArgument);
    for (let event = 0; event < 5_000; event += 1) track();
    await sender.flush();
    expect(batches.length).toBeLessThanOrEqual(32);
    expect(recorder.queue.dropped.get('refused')).toBeLessThanOrEqual(4);
  });

  it('drops a whole batch where nobody takes events', async () => {
    const { sender, batches, track, answer, recorder } = start();
    answer(grpcStatus.unimplemented);
    for (let event = 0; event < 10; event += 1) track();
    await sender.flush();
    expect(batches).toHaveLength(1);
    expect(recorder.queue.dropped.get('refused')).toBe(10);
  });

  it('keeps events while the key is refused', async () => {
    const { platform, track, answer, recorder } = start();
    answer(grpcStatus.unauthenticated);
    track();
    await platform.pass(3_600_000);
    expect(recorder.queue.size).toBe(1);
  });

  it('stays bounded with the collector dead for an hour at 500 events a second, and tells the drops later (R19)', async () => {
    const { platform, batches, track, answer, recorder } = start();
    answer(grpcStatus.unavailable);
    for (let second = 0; second < 3_600; second += 10) {
      for (let event = 0; event < 5_000; event += 1) track();
      await platform.pass(10_000);
      expect(recorder.queue.size).toBeLessThanOrEqual(10_000);
      expect(recorder.queue.bytes).toBeLessThanOrEqual(4 * 1024 * 1024);
    }
    answer(undefined);
    batches.length = 0;
    await platform.pass(120_000);
    const delivered = batches.reduce((sum, { events }) => sum + events.length, 0);
    const dropped = batches.reduce((sum, batch) => sum + (batch.dropped['queue_full'] ?? 0), 0);
    expect(delivered + dropped).toBe(500 * 3_600);
  });

  it('flushes on demand, also behind a sending that is under way, and stops', async () => {
    const { platform, sender, batches, track } = start();
    track('a');
    const first = sender.flush();
    track('b');
    await Promise.all([first, sender.flush()]);
    expect(batches.flatMap(({ events }) => events)).toHaveLength(2);
    sender.stop();
    track('c');
    await platform.pass(60_000);
    expect(platform.waiting).toBe(0);
  });
});
