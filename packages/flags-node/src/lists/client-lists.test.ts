// Lists in a client: nothing runs before their contents are here, only what changed is fetched, and a stored state is whole.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeChunks, memberHash } from '@org/evaluator';
import { createClient } from '../client.ts';
import { createMemoryClient } from '../memory-client.ts';
import { startFakeCore, type FakeCore } from '../testing/fake-core.ts';
import { until } from '../testing/until.ts';
import type { ClientOptions, FlagsClient } from '../types.ts';
import { chunkName } from './chunk-store.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const startCore = async (): Promise<FakeCore> => {
  const core = await startFakeCore();
  cleanUps.push(() => core.stop());
  return core;
};
const startClient = (core: FakeCore, options: Partial<ClientOptions> = {}): FlagsClient => {
  const client = createClient({ url: core.url, key: 'flags_s_test_secret', ...options });
  cleanUps.push(() => client.close());
  return client;
};

const flag = {
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  rules: [{ id: 'r', when: { op: 'segment', key: 's' }, serve: { variant: 'on' } }],
  default: { variant: 'off' },
};
const documents = {
  'flag/f': flag,
  'segment/s': { when: { op: 'or', of: [] }, includedLists: ['vip'] },
};
const idsOf = (count: number) => Array.from({ length: count }, (_, at) => `user-${at}`);

/** Puts a list's contents into the core, and answers its document. */
const list = (core: FakeCore, ids: readonly string[], { keep = true } = {}) => {
  const hashes = BigUint64Array.from(new Set(ids.map(memberHash))).sort();
  const chunks = encodeChunks(hashes).map((content) => [chunkName(content), content] as const);
  if (keep) for (const [name, content] of chunks) core.chunks.set(name, content);
  return { count: hashes.length, chunks: chunks.map(([name]) => name) };
};

describe('a client with lists', () => {
  it('is ready when their contents are here, and fetches what an edit changed', async () => {
    const core = await startCore();
    core.commit({ ...documents, 'list/vip': list(core, idsOf(5_000)) });
    const client = startClient(core);
    const f = client.boolean('f', false);
    expect(await client.ready()).toBe('READY');
    expect([f.get({ targetingKey: 'user-7' }), f.get({ targetingKey: 'new' })]).toEqual([true, false]);
    const calls = core.calls['getListChunks'] ?? 0;
    expect(calls).toBeGreaterThan(1);
    core.commit({ 'list/vip': list(core, [...idsOf(5_000), 'new']) });
    await until('the new member is in', () => f.get({ targetingKey: 'new' }));
    expect(core.calls['getListChunks']).toBe(calls + 1);
    expect(client.hash).toBe(core.head.hash);
  });

  it('keeps the last good state while contents are not to be had, in order, and goes on when they are', async () => {
    const core = await startCore();
    core.commit({ ...documents, 'list/vip': list(core, ['a']) });
    const client = startClient(core);
    const f = client.boolean('f', false);
    await client.ready();
    core.refuse('getListChunks', status.UNAVAILABLE);
    core.commit({ 'list/vip': list(core, ['a', 'b']) });
    core.commit({ 'flag/g': flag });
    core.heartbeat();
    await until('it was tried', () => (core.calls['getListChunks'] ?? 0) >= 2);
    expect([client.revision, f.get({ targetingKey: 'a' }), f.get({ targetingKey: 'b' })]).toEqual([
      1,
      true,
      false,
    ]);
    core.refuse('getListChunks', undefined);
    core.heartbeat();
    await until('it caught up', () => client.revision === 3);
    expect(f.get({ targetingKey: 'b' })).toBe(true);
  });

  it('takes no contents but what their names say', async () => {
    const core = await startCore();
    core.commit({ ...documents, 'list/vip': list(core, ['a']) });
    const client = startClient(core);
    await client.ready();
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    const edited = list(core, ['b'], { keep: false });
    core.chunks.set(edited.chunks[0]!, core.chunks.values().next().value!);
    core.commit({ 'list/vip': edited });
    await until('the damage was reported', () => errors.length > 0);
    expect([client.revision, client.boolean('f', false).get({ targetingKey: 'a' })]).toEqual([1, true]);
  });

  it('starts in an outage with the lists it had', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flags-lists-'));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    const snapshotFile = join(folder, 'snapshot');
    const core = await startCore();
    core.commit({ ...documents, 'list/vip': list(core, idsOf(3_000)) });
    const first = startClient(core, { snapshotFile });
    await first.ready();
    await first.close();
    await core.stop();
    const second = startClient(core, { snapshotFile });
    expect(second.boolean('f', false).get({ targetingKey: 'user-2999' })).toBe(true);
    await second.close();
    // Without the contents the flags that need them answer the default; everything else runs.
    await writeFile(`${snapshotFile}.lists`, 'damaged');
    const third = startClient(core, { snapshotFile });
    expect(third.boolean('f', false).details({ targetingKey: 'user-1' }).errorCode).toBe('PARSE_ERROR');
  });
});

it('a client in memory takes lists of keys', () => {
  const client = createMemoryClient({
    flags: { f: flag as never },
    segments: { s: documents['segment/s'] as never },
    lists: { vip: ['a', '42'] },
  });
  const f = client.boolean('f', false);
  expect(['a', 'b', 42].map((targetingKey) => f.get({ targetingKey }))).toEqual([true, false, true]);
});
