// A listener behind a link that damages bytes: it ends, says so, and writes nothing on the host's console.
import { startFaultyProxy } from '@org/tools/cluster/faulty-proxy';
import { startNatsServer } from '@org/tools/services/nats-server';
import { afterEach, expect, it, vi } from 'vitest';
import { accessOf, delta, publisherOn, record, until } from './testing.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

it('ends a connection that brings damaged bytes, and comes back', async () => {
  const written = vi.spyOn(console, 'log');
  const server = await startNatsServer();
  open.push(server);
  const proxy = await startFaultyProxy(server.port);
  open.push(proxy);
  const publisher = publisherOn(server.authority, server.url);
  const listener = record(await accessOf(server.authority, [`nats://127.0.0.1:${String(proxy.port)}`]));
  open.push(publisher, listener);
  await until(() => publisher.isUp() && listener.isConnected());
  proxy.setFaults({ corruptShare: 1 });
  for (let revision = 1; listener.ends.length === 0; revision += 1) await publisher.publish(delta(revision));
  proxy.setFaults({});
  proxy.cut();
  await until(() => listener.isConnected());
  expect(written).not.toHaveBeenCalled();
});
