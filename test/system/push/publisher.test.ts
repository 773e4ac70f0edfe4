// Publication and fencing against a real nats-server.
import { startNatsServer, type NatsServer } from '@org/tools/services/nats-server';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { DeltaPublisher } from '@org/push-nats';
import { accessOf, delta, publisherOn, record, until, type RecordingListener } from './testing.ts';

let server: NatsServer;
let environments = 0;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await startNatsServer();
}, 300_000);
afterAll(() => server.close());
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const newEnvironment = (): string => `env-${String((environments += 1))}`;

async function newPublisher(): Promise<DeltaPublisher> {
  const publisher = publisherOn(server.authority, server.url);
  open.push(publisher);
  await until(() => publisher.isUp());
  return publisher;
}

async function newListener(environment: string): Promise<RecordingListener> {
  const listener = record(await accessOf(server.authority, [server.url], environment));
  open.push(listener);
  await until(() => listener.isConnected());
  return listener;
}

it('delivers accepted deltas in order and duplicates not at all', async () => {
  const environment = newEnvironment();
  const [publisher, listener] = [await newPublisher(), await newListener(environment)];
  const outcomes = [];
  for (const revision of [1, 2, 2, 3, 1])
    outcomes.push(await publisher.publish(delta(revision, environment)));
  expect(outcomes).toEqual(['accepted', 'accepted', 'duplicate', 'accepted', 'fenced']);
  await until(() => listener.deltas.length === 3);
  expect(listener.deltas).toEqual([1, 2, 3]);
});

it('lets a second publisher go on behind the first and fences the first when it comes late', async () => {
  const environment = newEnvironment();
  const [first, second, listener] = [
    await newPublisher(),
    await newPublisher(),
    await newListener(environment),
  ];
  expect(await first.publish(delta(1, environment))).toBe('accepted');
  expect(await second.publish(delta(2, environment))).toBe('accepted');
  expect(await second.publish(delta(3, environment))).toBe('accepted');
  // The first still believes to be at sequence 1.
  expect(await first.publish(delta(2, environment))).toBe('fenced');
  expect(await first.publish(delta(4, environment))).toBe('accepted');
  await until(() => listener.deltas.includes(4));
  expect(listener.deltas).toEqual([1, 2, 3, 4]);
});

it('accepts a new history and fences publishers of the old one', async () => {
  const environment = newEnvironment();
  const [old, restored, listener] = [
    await newPublisher(),
    await newPublisher(),
    await newListener(environment),
  ];
  expect(await old.publish(delta(7, environment, 'h1'))).toBe('accepted');
  expect(await restored.publish(delta(3, environment, 'h2'))).toBe('accepted');
  expect(await old.publish(delta(8, environment, 'h1'))).toBe('fenced');
  expect(await restored.lastPublished(environment)).toEqual({ historyId: 'h2', revision: 3 });
  expect(await restored.publish(delta(4, environment, 'h2'))).toBe('accepted');
  await until(() => listener.deltas.length === 3);
  expect(listener.deltas).toEqual([7, 3, 4]);
});

it('keeps order among publications that are started at once', async () => {
  const environment = newEnvironment();
  const [publisher, listener] = [await newPublisher(), await newListener(environment)];
  const revisions = Array.from({ length: 200 }, (_, index) => index + 1);
  const outcomes = await Promise.all(
    revisions.map((revision) => publisher.publish(delta(revision, environment))),
  );
  expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  await until(() => listener.deltas.length === 200);
  expect(listener.deltas).toEqual(revisions);
});

it('says where it is, and sends heartbeats', async () => {
  const environment = newEnvironment();
  const [publisher, listener] = [await newPublisher(), await newListener(environment)];
  expect(await publisher.lastPublished(environment)).toBeUndefined();
  await publisher.publish(delta(5, environment));
  expect(await publisher.lastPublished(environment)).toEqual({ historyId: 'h1', revision: 5 });
  publisher.heartbeat(environment, Buffer.from('beat'));
  await until(() => listener.heartbeats.length === 1);
  expect(listener.heartbeats).toEqual(['beat']);
});

it.each(['', '*', '>', 'a.b', 'a b', 'x'.repeat(129)])(
  'refuses %j as an environment id',
  async (environment) => {
    const publisher = await newPublisher();
    await expect(publisher.publish(delta(1, environment))).rejects.toThrow('[INVALID]');
  },
);
