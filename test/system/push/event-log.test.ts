// The event log in a real nats-server: appended once, read in order, kept over a kill.
import { createEventLogWriter, openJetStreamLog } from '@org/push-nats/events';
import type { BatchToAppend, EventLogWriter, JetStreamLogReader } from '@org/push-nats/events';
import { startNatsServer, type NatsServer } from '@org/tools/services/nats-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './testing.ts';

let server: NatsServer;
let writer: EventLogWriter;
let reader: JetStreamLogReader;

beforeAll(async () => {
  server = await startNatsServer();
  const options = {
    servers: [server.url],
    credentials: () => server.authority.coreCredentials(),
    random: () => 0.5,
  };
  writer = createEventLogWriter(options);
  reader = openJetStreamLog(options);
  await until(() => writer.isUp() && reader.isUp());
}, 300_000);
afterAll(async () => {
  await Promise.all([writer.close(), reader.close()]);
  await server.close();
});

const batch = (sequence: number, instanceId = 'instance-1'): BatchToAppend => ({
  environmentId: 'env-1',
  instanceId,
  sequence,
  keyId: 'key-1',
  receivedAtMs: 1_000 + sequence,
  bytes: Uint8Array.of(sequence),
});

it('has nothing to tell while it is empty', async () => {
  expect(await reader.head()).toBe(0);
  expect(await reader.read(0, 10)).toEqual([]);
});

it('appends each batch once and answers them in order, from any position', async () => {
  expect(await writer.append(batch(1))).toBe('new');
  expect(await writer.append(batch(2))).toBe('new');
  expect(await writer.append(batch(1))).toBe('duplicate');
  expect(await writer.append(batch(1, 'instance-2'))).toBe('new');
  const all = await reader.read(0, 10);
  expect(all.map(({ instanceId, sequence }) => [instanceId, sequence])).toEqual([
    ['instance-1', 1],
    ['instance-1', 2],
    ['instance-2', 1],
  ]);
  expect(all[1]).toMatchObject({ sequence: 2, keyId: 'key-1', receivedAtMs: 1_002 });
  expect([...all[1]!.bytes]).toEqual([2]);
  expect(await reader.read(all[0]!.position, 1)).toEqual([all[1]]);
  expect(await reader.read(all[2]!.position, 10)).toEqual([]);
  expect(await reader.head()).toBe(all[2]!.position);
});

it('keeps what it acknowledged, its positions and its identity over a kill', async () => {
  const [identity, before] = [await reader.identity(), await reader.read(0, 100)];
  await server.kill();
  await until(() => !writer.isUp());
  await expect(writer.append(batch(3))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await server.restart();
  await until(() => writer.isUp() && reader.isUp());
  expect(await reader.identity()).toBe(identity);
  expect(await reader.read(0, 100)).toEqual(before);
  expect(await writer.append(batch(3))).toBe('new');
});

it('makes room when it is nearly full, of what was read only', async () => {
  expect(await reader.makeRoom(Number.MAX_SAFE_INTEGER)).toBe(0);
  const small = await startNatsServer();
  const options = {
    servers: [small.url],
    credentials: () => small.authority.coreCredentials(),
    random: () => 0.5,
  };
  const retentionMs = 60_000;
  const filler = createEventLogWriter({ ...options, stream: { bytesMax: 100_000, retentionMs } });
  const follower = openJetStreamLog(options);
  await until(() => filler.isUp() && follower.isUp());
  const large = (sequence: number) => ({ ...batch(sequence), bytes: new Uint8Array(10_000) });
  let accepted = 0;
  const full = async (): Promise<boolean> => {
    const stored = await filler.append(large(accepted)).catch(() => undefined);
    if (stored === 'new') accepted += 1;
    return stored === undefined;
  };
  await until(full);
  expect(await follower.makeRoom(2)).toBe(2);
  expect((await follower.read(0, 1))[0]?.position).toBe(3);
  await until(full);
  expect(await follower.makeRoom(await follower.head())).toBeGreaterThan(1);
  expect(await filler.append(large(accepted))).toBe('new');
  await Promise.all([filler.close(), follower.close()]);
  await small.close();
});

it('refuses a batch that the server would cut the connection for', async () => {
  const bytes = new Uint8Array(1024 * 1024);
  await expect(writer.append({ ...batch(9), bytes })).rejects.toMatchObject({ code: 'INVALID' });
  expect(writer.isUp()).toBe(true);
});
