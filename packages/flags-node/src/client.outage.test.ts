// Starts and lives through outages (R9, R10, R12, R13), against real sockets.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import type { FlagsError } from './errors.ts';
import { booleanFlag, startFakeCore, type FakeCore } from './testing/fake-core.ts';
import { until } from './testing/until.ts';
import type { ClientOptions, FlagsClient } from './types.ts';

const cleanUps: (() => unknown)[] = [];
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flags-client-'));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const key = 'flags_s_test_verysecret';
const nobody = 'http://127.0.0.1:1';
const startCore = async (): Promise<FakeCore> => {
  const core = await startFakeCore();
  cleanUps.push(() => core.stop());
  core.commit({ 'flag/a': booleanFlag(true) });
  return core;
};
const startClient = (options: Partial<ClientOptions> & Pick<ClientOptions, 'url'>): FlagsClient => {
  const client = createClient({ key, ...options });
  cleanUps.push(() => client.close({ timeoutMs: 0 }));
  return client;
};
/** Accepts connections and never says a word: a frozen server. */
const startFrozen = async (): Promise<{ url: string; connections: () => number }> => {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
  };
};
/** A core was there, its state was stored, and the client ended. */
const stored = async (): Promise<FakeCore> => {
  const core = await startCore();
  const client = startClient({ url: core.url, cacheDir: folder });
  await client.ready();
  await client.close();
  return core;
};

describe('a start without a core', () => {
  it('is not an error: defaults at once, and ready resolves at its limit', async () => {
    const client = startClient({ url: nobody });
    expect(client.boolean('a', true).get({})).toBe(true);
    expect(await client.ready({ timeoutMs: 20 })).toBe('NOT_READY');
    expect(client).toMatchObject({ revision: -1, hash: undefined, age: Infinity });
  });

  it('serves the stored state at once, as stale', async () => {
    await stored();
    const client = startClient({ url: nobody, cacheDir: folder });
    expect(client.state).toBe('STALE');
    expect(client.boolean('a', false).get({})).toBe(true);
    expect(await client.ready({ timeoutMs: 0 })).toBe('STALE');
    expect(client.revision).toBe(1);
  });

  it('confirms the stored state with a core without fetching it again', async () => {
    const core = await stored();
    const snapshots = core.calls['getSnapshot'] ?? 0;
    const client = startClient({ url: core.url, cacheDir: folder });
    await until('it is ready', () => client.state === 'READY');
    expect(core.calls['getSnapshot'] ?? 0).toBe(snapshots);
    expect(client.age).toBeLessThan(60_000);
  });

  it('ignores a damaged file, says so, and replaces it', async () => {
    const core = await stored();
    const [name = ''] = await readdir(folder);
    const path = join(folder, name);
    const bytes = await readFile(path);
    bytes[200] = bytes[200]! ^ 1;
    await writeFile(path, bytes);
    const warnings: string[] = [];
    const client = startClient({
      url: core.url,
      cacheDir: folder,
      logger: { warn: (message) => warnings.push(message) },
    });
    expect(client.state).toBe('NOT_READY');
    expect(warnings[0]).toContain('[SNAPSHOT_FILE_DAMAGED]');
    await client.ready();
    await client.close();
    expect(startClient({ url: nobody, cacheDir: folder }).state).toBe('STALE');
  });

  it('does not take the state of another key', async () => {
    await stored();
    const [name = ''] = await readdir(folder);
    const client = startClient({ url: nobody, snapshotFile: join(folder, name), key: 'flags_s_other_key' });
    expect(client.state).toBe('NOT_READY');
  });
});

describe('a client in trouble', () => {
  it('moves on to the next core when one is frozen or gone', async () => {
    const frozen = await startFrozen();
    const core = await startCore();
    const client = startClient({ url: [frozen.url, nobody, core.url] });
    await until('it is ready', () => client.state === 'READY');
    expect(core.watchers).toBe(1);
  });

  it('keeps evaluating and keeps its last state when everything is gone', async () => {
    const core = await startCore();
    const client = startClient({ url: core.url });
    await client.ready();
    const flag = client.boolean('a', false);
    await core.stop();
    for (let again = 0; again < 10_000; again += 1)
      expect(flag.get({ targetingKey: `u-${again}` })).toBe(true);
    expect(client.revision).toBe(1);
  });

  it('refuses a damaged delta, says so, and repairs itself', async () => {
    const core = await startCore();
    const client = startClient({ url: core.url });
    await client.ready();
    const errors: FlagsError[] = [];
    client.on('error', (error) => errors.push(error));
    core.commit({ 'flag/a': booleanFlag(false) }, { silent: true });
    core.send({
      previousRevision: 1,
      revision: 2,
      upserts: [{ kind: 'flag', key: 'a', revision: 2, json: '{}' }],
    });
    await until('it is right', () => client.revision === 2 && client.hash === core.head.hash);
    expect(errors.map(({ code }) => code)).toContain('SNAPSHOT_REJECTED');
    await until('it reported', () => core.reports.some((report) => report.status === 'APPLY_STATUS_REFUSED'));
    expect(core.reports.find((report) => report.status === 'APPLY_STATUS_REFUSED')?.refusedRevision).toBe(2);
  });

  it('follows a restored core into another history', async () => {
    const core = await startCore();
    core.commit({ 'flag/a': booleanFlag(false) });
    const client = startClient({ url: core.url });
    await client.ready();
    core.replaceHistory('history-2', 1);
    core.heartbeat();
    await until('it is there', () => client.revision === 1 && client.hash === core.head.hash);
  });

  it('says that the key is refused, without the key, and comes in when it is accepted again', async () => {
    const core = await startCore();
    core.refuse('watch', status.UNAUTHENTICATED);
    core.refuse('getPushAccess', status.UNAUTHENTICATED);
    const texts: string[] = [];
    const client = startClient({
      url: core.url,
      logger: { warn: (message, fields) => texts.push(message + JSON.stringify(fields)) },
    });
    client.on('error', (error) => texts.push(error.message, error.stack ?? '', JSON.stringify(error)));
    await until('it was told', () => texts.some((text) => text.includes('[ACCESS_DENIED]')));
    expect(texts.join()).not.toContain('verysecret');
    core.refuse('watch', undefined);
    core.refuse('getPushAccess', undefined);
    await until('it is in', () => client.state === 'READY');
  });

  it('holds one connection, whatever happens', async () => {
    const frozen = await startFrozen();
    const client = startClient({ url: frozen.url, transport: 'grpc' });
    await until('it tried twice', () => frozen.connections() >= 2);
    await client.close();
    const ended = frozen.connections();
    expect(ended).toBeLessThan(10);
  });

  it('bears listeners and loggers that throw', async () => {
    const core = await startCore();
    const client = startClient({
      url: core.url,
      logger: {
        warn: () => {
          throw new Error('logger');
        },
      },
    });
    client.on('state', () => {
      throw new Error('listener');
    });
    expect(await client.ready()).toBe('READY');
  });
});

describe('the end', () => {
  it('comes within its limit when the core is frozen', async () => {
    const frozen = await startFrozen();
    const client = startClient({ url: frozen.url });
    client.track('a', { context: {} });
    await client.close({ timeoutMs: 50 });
    await client.close();
    expect(client.boolean('a', true).get({})).toBe(true);
  });

  it('ends waiting for readiness, too', async () => {
    const client = startClient({ url: nobody });
    const ready = client.ready({ timeoutMs: 1_000_000 });
    await client.close({ timeoutMs: 0 });
    expect(await ready).toBe('NOT_READY');
  });

  it('ends waiting without a limit, too', async () => {
    const client = startClient({ url: nobody });
    let settled = false;
    const ready = client.ready({ timeoutMs: Infinity }).finally(() => (settled = true));
    const error = new Promise((resolve) => client.on('error', resolve));
    await error;
    expect(settled).toBe(false);
    await client.close({ timeoutMs: 0 });
    expect(await ready).toBe('NOT_READY');
  });

  it('waits for the last events without a limit, if asked to', async () => {
    const core = await startCore();
    const client = startClient({ url: core.url });
    await client.ready();
    client.track('last', { context: { targetingKey: 'u' } });
    await client.close({ timeoutMs: Infinity });
    expect(core.batches).toHaveLength(1);
  });

  it('leaves a state that nobody confirms any more', async () => {
    const core = await startCore();
    const client = startClient({ url: core.url });
    const never = startClient({ url: nobody });
    await client.ready();
    const told: string[] = [];
    client.on('state', (state) => told.push(state));
    await Promise.all([client.close(), never.close()]);
    expect([client.state, await client.ready(), never.state]).toEqual(['STALE', 'STALE', 'NOT_READY']);
    expect(client.boolean('a', false).get({})).toBe(true);
    expect(told).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['no number', { timeoutMs: 'soon' }],
    [
      'a getter that throws',
      {
        get timeoutMs(): never {
          throw new Error('mine');
        },
      },
    ],
  ])('takes %s for options', async (_, given) => {
    const core = await startCore();
    const client = startClient({ url: core.url });
    const options = given as { timeoutMs?: number };
    expect(await client.ready(options)).toBe('READY');
    await expect(client.close(options)).resolves.toBeUndefined();
  });

  it('leaves no stream open', async () => {
    const core = await startCore();
    const client = startClient({ url: core.url });
    await client.ready();
    await client.close();
    await until('the stream ended', () => core.watchers === 0);
  });
});

describe('options', () => {
  it.each<[string, Partial<ClientOptions>]>([
    ['no url', { url: '' }],
    ['an empty list', { url: [] }],
    ['another scheme', { url: 'grpc://host:1' }],
    ['a path', { url: 'http://host:1/path' }],
    ['a password', { url: 'http://user:password@host:1' }],
    ['no key', { key: '' }],
    ['a key with a line feed', { key: 'a\nb' }],
    ['a senseless interval', { flushIntervalMs: -1 }],
    ['a folder that is no path', { cacheDir: 1 as never }],
    ['a file that is no path', { snapshotFile: 1 as never }],
    ['a certificate that is none', { tls: { cert: 'no certificate' } }],
    ['a server name that is none', { url: 'https://127.0.0.1:1', tls: { servername: 1 as never } }],
    ['a check that is none', { tls: { checkServerIdentity: 1 as never } }],
  ])('are refused at once: %s', (_, options) => {
    expect(() => createClient({ url: nobody, key, ...options })).toThrow('[INVALID_OPTIONS]');
  });

  it('are refused when there are none', () => {
    expect(() => createClient(undefined as never)).toThrow('[INVALID_OPTIONS]');
  });
});
