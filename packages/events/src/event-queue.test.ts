// Bounded, counted, and each batch identical until it is accepted.
import { describe, expect, it } from 'vitest';
import { createEventQueue } from './event-queue.ts';
import { eventBytes } from './event-bytes.ts';
import { createRandom } from './testing/random.ts';
import type { Event } from './types.ts';

const metric = (name: string, text = ''): Event => ({
  timeMs: 1,
  body: {
    $case: 'metric',
    value: { name, units: { user: 'u-1' }, attributes: text ? { text } : undefined, revision: 1 },
  },
});

describe('event queue', () => {
  it('has nothing to tell while it is empty', () => {
    expect(createEventQueue().batch()).toBeUndefined();
  });

  it('gives the very same batch until it is accepted, then the next one', () => {
    const queue = createEventQueue({ batchEventsMax: 2 });
    for (const name of ['a', 'b', 'c']) queue.add(metric(name));
    const first = queue.batch();
    queue.add(metric('d'));
    expect(queue.batch()).toBe(first);
    expect(first).toMatchObject({ sequence: 1, events: [metric('a'), metric('b')] });
    queue.accepted();
    expect(queue.batch()).toMatchObject({ sequence: 2, events: [metric('c'), metric('d')] });
    queue.accepted();
    expect(queue.batch()).toBeUndefined();
    expect(queue).toMatchObject({ size: 0, bytes: 0 });
  });

  it('counts what it drops and tells the count with the next batch, once', () => {
    const queue = createEventQueue({ eventsMax: 1 });
    queue.add(metric('a'));
    expect(queue.add(metric('b'))).toBe(false);
    expect(queue.add(metric('c'))).toBe(false);
    expect(queue.batch()?.dropped).toEqual({ queue_full: 2 });
    queue.accepted();
    queue.add(metric('d'));
    expect(queue.batch()?.dropped).toEqual({});
  });

  it('tells drops even when there is nothing else', () => {
    const queue = createEventQueue();
    queue.drop('invalid', 3);
    expect(queue.batch()).toEqual({ sequence: 1, events: [], dropped: { invalid: 3 } });
  });

  it('drops a batch that is refused for good, and keeps its count of drops', () => {
    const queue = createEventQueue({ eventsMax: 2 });
    for (const name of ['a', 'b', 'c']) queue.add(metric(name));
    queue.batch();
    queue.refused();
    expect(queue.batch()).toEqual({ sequence: 2, events: [], dropped: { refused: 2, queue_full: 1 } });
    queue.refused();
    expect(queue.batch()).toMatchObject({ sequence: 3, dropped: { refused: 2, queue_full: 1 } });
  });

  it('halves a batch with something bad in it until that is alone, and drops nothing else', () => {
    const queue = createEventQueue();
    const names = Array.from('abcdefgh');
    for (const name of names) queue.add(metric(name));
    queue.drop('invalid');
    const sent: string[] = [];
    for (let batch = queue.batch(); batch && batch.events.length > 0; batch = queue.batch()) {
      const { events } = batch;
      sent.push(events.map(({ body }) => (body.$case === 'metric' ? body.value.name : '')).join(''));
      if (sent.at(-1)?.includes('d')) queue.halve();
      else queue.accepted();
      expect(queue.size).toBeLessThanOrEqual(names.length);
    }
    expect(sent).toEqual(['abcdefgh', 'abcd', 'ab', 'c', 'd', 'efgh']);
    expect([...queue.dropped]).toEqual([
      ['invalid', 1],
      ['refused', 1],
    ]);
  });

  it('stays within its bounds and keeps its drops while it halves', () => {
    const queue = createEventQueue({ eventsMax: 4 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(metric(name));
    const { bytes } = queue;
    queue.batch();
    queue.halve();
    expect(queue).toMatchObject({ size: 4, bytes, idle: true, room: 0 });
    expect(queue.batch()).toMatchObject({ sequence: 2, dropped: { queue_full: 1 } });
    queue.drop('invalid');
    queue.accepted();
    expect(queue.batch()).toMatchObject({ sequence: 3, dropped: { invalid: 1 } });
  });

  it('keeps batches small in bytes, but sends a large event alone', () => {
    const queue = createEventQueue({ batchBytesMax: 2_000 });
    for (const name of ['a', 'b', 'c']) queue.add(metric(name, 'x'.repeat(1_500)));
    expect(queue.batch()?.events).toHaveLength(1);
  });

  it('stays within its bounds and loses count of nothing, whatever happens', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const random = createRandom(seed);
      const queue = createEventQueue({
        eventsMax: 20,
        bytesMax: 4_000,
        batchEventsMax: 7,
        batchBytesMax: 1_500,
      });
      let given = 0;
      let delivered = 0;
      let told = 0;
      let sequence = 0;
      const settle = (accept: boolean): void => {
        const batch = queue.batch();
        if (!batch) return;
        expect(batch.sequence - sequence).toBeLessThanOrEqual(1);
        sequence = batch.sequence;
        if (!accept) return;
        delivered += batch.events.length;
        told += Object.values(batch.dropped).reduce((sum, count) => sum + count, 0);
        queue.accepted();
      };
      for (let step = 0; step < 300; step += 1) {
        if (random.chance(0.7)) {
          given += 1;
          queue.add(metric(`m${step}`, random.chance(0.2) ? 'x'.repeat(random.below(800)) : ''));
        } else if (random.chance(0.9)) settle(random.chance(0.5));
        else if (random.chance(0.5)) queue.refused();
        else queue.halve();
        expect(queue.size).toBeLessThanOrEqual(20);
        expect(queue.bytes).toBeLessThanOrEqual(4_000);
      }
      while (queue.batch()) settle(true);
      expect(delivered + told).toBe(given);
      expect(queue.bytes).toBe(0);
    }
  });

  it('never weighs an event far below what it is as JSON', () => {
    const events = [metric('name', 'text'.repeat(500)), metric('ü'.repeat(100))];
    for (const event of events) expect(eventBytes(event)).toBeGreaterThan(JSON.stringify(event).length * 0.8);
  });
});
