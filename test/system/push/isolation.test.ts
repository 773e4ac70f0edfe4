// What an SDK's credentials can and cannot do (R35), against a real nats-server.
import type { NatsConnection } from '@nats-io/transport-node';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '@org/tools/services/run-command';
import { freePort } from '@org/tools/services/free-port';
import { resolveNatsServer } from '@org/tools/services/nats-binary';
import { startNatsServer, type NatsServer } from '@org/tools/services/nats-server';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createDeltaPublisher, createNatsAuthority, createRevoker, startServerProcess } from '@org/push-nats';
import {
  accessOf,
  accountOnly,
  askServer,
  bareConnection,
  delta,
  publisherOn,
  record,
  until,
} from './testing.ts';

let server: NatsServer;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await startNatsServer();
}, 300_000);
afterAll(() => server.close());
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Subjects an SDK of environment e1 has no business with. */
const foreign = [
  '>',
  '*',
  '*.>',
  'flags.>',
  'flags.v1.>',
  'flags.v1.*.d',
  'flags.v1.e2.d',
  'flags.v1.e2.h',
  'flags.v1.e1.>',
  'flags.v1.e1.*',
  'flags.in.>',
  'flags.in.e1.d',
  '$JS.>',
  '$JS.API.>',
  '$JS.API.INFO',
  '$JS.API.STREAM.INFO.FLAGS_DELTA',
  '$JS.API.STREAM.MSG.GET.FLAGS_DELTA',
  '$SYS.>',
  '$SYS.REQ.USER.INFO',
  '$SYS.ACCOUNT.>',
  '_INBOX.>',
  '_INBOX.*',
  '_INBOX_*.>',
  '_R_.>',
  '$G.>',
];

async function subscribeRefused(
  connection: NatsConnection,
  subject: string,
  queue?: string,
): Promise<boolean> {
  let refused = false;
  const callback = (error: Error | null): void => void (refused ||= error !== null);
  connection.subscribe(subject, { callback, ...(queue === undefined ? {} : { queue }) });
  await connection.flush();
  return refused;
}

it('refuses 200 attempts outside the environment and the connection survives', async () => {
  const publisher = publisherOn(server.authority, server.url);
  open.push(publisher);
  await until(() => publisher.isUp());
  const connection = await bareConnection(await accessOf(server.authority, [server.url]));
  open.push(connection);
  const errors: string[] = [];
  void (async () => {
    for await (const status of connection.status())
      if (status.type === 'error') errors.push(status.error.message);
  })();

  let attempts = 0;
  for (let round = 0; attempts < 200; round += 1) {
    for (const subject of foreign) {
      const target = subject.replace('e2', `e2${String(round)}`);
      attempts += 1;
      expect(await subscribeRefused(connection, target, round % 2 === 0 ? undefined : 'group')).toBe(true);
    }
  }
  const published = [
    'flags.in.e1.d',
    'flags.v1.e1.d',
    'flags.v1.e1.h',
    'flags.in.e2.d',
    '$JS.API.STREAM.LIST',
    'x',
  ];
  for (const subject of published) connection.publish(subject, '1');
  await connection.flush();
  await until(
    () => errors.filter((message) => /violation for publish/i.test(message)).length >= published.length,
  );

  expect(connection.isClosed()).toBe(false);
  expect(await publisher.lastPublished('e1')).toBeUndefined();
  const received: string[] = [];
  connection.subscribe('flags.v1.e1.d', { callback: (_, message) => void received.push(message.string()) });
  await connection.flush();
  await publisher.publish(delta(1));
  await until(() => received.length === 1);
  expect(received).toEqual(['1']);
});

it('lets keys of one environment not read the inboxes of each other', async () => {
  const [one, other] = [
    await accessOf(server.authority, [server.url], 'e1', { keyId: 'key-1' }),
    await accessOf(server.authority, [server.url], 'e1', { keyId: 'key-2' }),
  ];
  expect(one.inboxPrefix).not.toBe(other.inboxPrefix);
  const connection = await bareConnection(one);
  open.push(connection);
  expect(await subscribeRefused(connection, `${other.inboxPrefix}.>`)).toBe(true);
  expect(await subscribeRefused(connection, `${one.inboxPrefix}.>`)).toBe(false);
});

it('ends access when the credentials expire and nobody renews them', { timeout: 60_000 }, async () => {
  const access = await accessOf(server.authority, [server.url], 'e1', { lifetimeMs: 2_000 });
  const connection = await bareConnection(access);
  await connection.closed();
  // The server counts in whole seconds: within the last one it may still let us in for a moment.
  await until(() =>
    bareConnection(access).then(
      (late) => late.close().then(() => false),
      () => true,
    ),
  );
});

it('renews credentials without missing a delta', { timeout: 60_000 }, async () => {
  const publisher = publisherOn(server.authority, server.url);
  const short = (): ReturnType<typeof accessOf> =>
    accessOf(server.authority, [server.url], 'e5', { lifetimeMs: 4_000 });
  const listener = record(await short(), short);
  open.push(publisher, listener);
  await until(() => publisher.isUp() && listener.isConnected());
  let revision = 0;
  while (listener.renewals() < 2) {
    revision += 1;
    await publisher.publish(delta(revision, 'e5'));
  }
  await until(() => listener.deltas.includes(revision));
  expect(listener.ends).toEqual([]);
  // The old and the new connection overlap: both may bring a delta, none is missing.
  expect([...new Set(listener.deltas)]).toEqual(Array.from({ length: revision }, (_, index) => index + 1));
});

it(
  'ends the connections of a revoked key, on this key alone, and keeps it out',
  { timeout: 60_000 },
  async () => {
    const options = { servers: [server.url], random: () => 0.1, now: () => Date.now() };
    const errors: unknown[] = [];
    const revoker = createRevoker({
      ...options,
      authority: server.authority,
      onError: (error) => errors.push(error),
    });
    const other = createRevoker({ ...options, authority: server.authority });
    open.push(revoker, other);
    const access = await accessOf(server.authority, [server.url], 'e1', { keyId: 'revoked' });
    const [ended, kept] = [
      await bareConnection(access),
      await bareConnection(await accessOf(server.authority, [server.url], 'e1', { keyId: 'kept' })),
    ];
    open.push(kept);
    await until(async () => {
      await revoker.revoke('revoked');
      return ended.isClosed();
    });
    await expect(bareConnection(access)).rejects.toThrow();
    // Another core that knows nothing of the first revocation must not undo it.
    await until(async () => {
      await other.revoke('something else');
      return true;
    });
    await expect(bareConnection(access)).rejects.toThrow();
    expect(kept.isClosed()).toBe(false);
    await server.restart();
    await expect(bareConnection(access)).rejects.toThrow();
  },
);

it('mints credentials with the account seed alone, and refuses another account', async () => {
  const access = await accessOf(accountOnly(server.authority), [server.url]);
  open.push(await bareConnection(access));
  const stranger = await startNatsServer();
  open.push(stranger);
  await expect(bareConnection({ ...access, servers: [stranger.url] })).rejects.toThrow();
});

it('works on servers that ask for no credentials, where nothing is isolated', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'flags-open-'));
  const port = await freePort();
  const store = JSON.stringify(join(directory, 'store'));
  const configText = `listen: "127.0.0.1:${String(port)}"\njetstream: { store_dir: ${store} }\n`;
  const bare = await startServerProcess({ binary: await resolveNatsServer(), directory, configText });
  open.push({ close: () => bare.stop().then(() => rm(directory, { recursive: true })) });
  const authority = createNatsAuthority({ open: true });
  const url = `nats://127.0.0.1:${String(port)}`;
  const [publisher, listener] = [publisherOn(authority, url), record(await accessOf(authority, [url]))];
  open.push(publisher, listener);
  await until(() => publisher.isUp() && listener.isConnected());
  await publisher.publish(delta(1));
  await until(() => listener.deltas.length === 1);
});

it('says that it cannot revoke where the operator is somebody else', async () => {
  const errors: unknown[] = [];
  const revoker = createRevoker({
    servers: [server.url],
    authority: accountOnly(server.authority),
    random: () => 0,
    now: () => Date.now(),
    onError: (error) => errors.push(error),
  });
  await revoker.revoke('key-1');
  await revoker.close();
  expect(String(errors[0])).toContain('access ends when the credentials expire');
});

it('lets a process end that has nothing else to do', async () => {
  const access = JSON.stringify(await accessOf(server.authority, [server.url]));
  const script = join(import.meta.dirname, 'idle-listener.ts');
  expect(await runCommand(process.execPath, ['--conditions=@org/source', script, access])).toBe('listening');
});

it('syncs every write to disk', async () => {
  const { jetstream } = await askServer(server.authority, server.url);
  expect(jetstream.config.sync_always).toBe(true);
});

it('waits for a server that is not there yet', async () => {
  const states: string[] = [];
  const publisher = createDeltaPublisher({
    servers: ['nats://127.0.0.1:1'],
    credentials: () => server.authority.coreCredentials(),
    random: () => 0,
    onState: (state) => states.push(state),
  });
  open.push(publisher);
  await until(() => states.length > 1);
  await expect(publisher.publish(delta(1))).rejects.toThrow('[UNAVAILABLE]');
});
