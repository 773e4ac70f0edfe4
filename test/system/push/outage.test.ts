// What a crash and a freeze of nats-server do to publisher and listeners. A server of its own per test.
import { startNatsServer, type NatsServer } from '@org/tools/services/nats-server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accessOf, delta, publisherOn, record, until } from './testing.ts';

let server: NatsServer;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  server = await startNatsServer();
}, 300_000);
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await server.close();
});

it('publishes each revision once over a crash, and listeners come back', { timeout: 120_000 }, async () => {
  const publisher = publisherOn(server.authority, server.url);
  const listener = record(await accessOf(server.authority, [server.url]));
  open.push(publisher, listener);
  await until(() => publisher.isUp() && listener.isConnected());
  expect(await publisher.publish(delta(1))).toBe('accepted');
  await server.kill();
  await until(() => !publisher.isUp() && !listener.isConnected());
  await expect(publisher.publish(delta(2))).rejects.toThrow('[UNAVAILABLE]');
  await server.restart();
  await until(() => publisher.isUp() && listener.isConnected());
  expect(await publisher.publish(delta(1))).toBe('duplicate');
  expect(await publisher.publish(delta(2))).toBe('accepted');
  await until(() => listener.deltas.includes(2));
  expect(listener.deltas).toEqual([1, 2]);
});

it('makes the stream again when the server lost it', { timeout: 120_000 }, async () => {
  const publisher = publisherOn(server.authority, server.url);
  open.push(publisher);
  await until(() => publisher.isUp());
  await publisher.publish(delta(1));
  const heir = await startNatsServer({ authority: server.authority });
  open.push(heir);
  const second = publisherOn(server.authority, heir.url);
  open.push(second);
  await until(() => second.isUp());
  expect(await second.lastPublished('e1')).toBeUndefined();
  expect(await second.publish(delta(2))).toBe('accepted');
});

it('notices a frozen server and recovers when it wakes', { timeout: 120_000 }, async () => {
  const publisher = publisherOn(server.authority, server.url);
  const listener = record(await accessOf(server.authority, [server.url]));
  open.push(publisher, listener);
  await until(() => publisher.isUp() && listener.isConnected());
  server.pause();
  // A publication in flight fails with an unknown outcome; repeating it is safe.
  await expect(publisher.publish(delta(1))).rejects.toThrow();
  await until(() => !publisher.isUp() && !listener.isConnected());
  server.resume();
  await until(() => publisher.isUp() && listener.isConnected());
  await publisher.publish(delta(1));
  expect(await publisher.publish(delta(2))).toBe('accepted');
  await until(() => listener.deltas.includes(2));
  expect(await publisher.lastPublished('e1')).toEqual({ historyId: 'h1', revision: 2 });
});
