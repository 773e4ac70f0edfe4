// nats-server as a child of the core: comes back when it dies, keeps port and authority, and is not left behind.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedNats, type EmbeddedNats } from '@org/push-nats';
import { resolveNatsServer } from '@org/tools/services/nats-binary';
import { spawnService, waitUntil } from '@org/tools/services/service-process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accessOf, delta, publisherOn, record, until } from './testing.ts';

let dataDirectory: string;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'flags-embedded-'));
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  await rm(dataDirectory, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedNats> {
  const nats = await startEmbeddedNats({ dataDirectory, binary: await resolveNatsServer() });
  open.push(nats);
  return nats;
}

/** Empty for a process that is gone, also when nobody has fetched its end yet. */
const commandLine = (pid: string): Promise<string> =>
  readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');

it('comes back when it is killed, with what it had', async () => {
  const nats = await start();
  const publisher = publisherOn(nats.authority, ...nats.servers);
  const listener = record(await accessOf(nats.authority, nats.servers));
  open.push(publisher, listener);
  await until(() => publisher.isUp() && listener.isConnected());
  await publisher.publish(delta(1));
  const { pid } = nats;
  process.kill(pid, 'SIGKILL');
  await until(() => nats.pid !== pid && publisher.isUp() && listener.isConnected());
  expect(await publisher.publish(delta(1))).toBe('duplicate');
  expect(await publisher.publish(delta(2))).toBe('accepted');
});

it('keeps its address and its credentials over a restart', async () => {
  const first = await start();
  const access = await accessOf(first.authority, first.servers);
  await first.close();
  const second = await start();
  expect(second.servers).toEqual(first.servers);
  const listener = record(access);
  open.push(listener);
  await until(() => listener.isConnected());
});

it('leaves the server of another parent alone while that lives, and ends it when it was killed', async () => {
  const script = join(import.meta.dirname, 'embedded-parent.ts');
  const lines: string[] = [];
  const parent = spawnService({
    command: process.execPath,
    args: ['--conditions=@org/source', script, dataDirectory, await resolveNatsServer()],
    onLine: (line) => lines.push(line),
  });
  await waitUntil('the embedded server', () => lines.length > 0);
  await expect(start()).rejects.toThrow(`Process ${String(parent.pid)} runs a nats-server`);
  await parent.end('SIGKILL');
  const [leftover = '', servers] = (lines[0] ?? '').split(' ');
  expect(await commandLine(leftover)).toContain('nats-server');
  const heir = await start();
  expect(await commandLine(leftover)).toBe('');
  expect(heir.servers.join()).toBe(servers);
});
