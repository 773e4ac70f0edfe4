// The client against a real gRPC server in this process.
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { booleanFlag, startFakeCore, type FakeCore } from './testing/fake-core.ts';
import { until } from './testing/until.ts';
import type { ClientOptions, FlagsClient } from './types.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const startCore = async (port?: number): Promise<FakeCore> => {
  const core = await startFakeCore(port);
  cleanUps.push(() => core.stop());
  return core;
};

const startClient = (core: FakeCore, options: Partial<ClientOptions> = {}): FlagsClient => {
  const client = createClient({ url: core.url, key: 'flags_s_test_secret', ...options });
  cleanUps.push(() => client.close());
  return client;
};

describe('client over Watch', () => {
  it('serves defaults until the first snapshot and the real values after it', async () => {
    const core = await startCore();
    core.commit({ 'flag/new-checkout': booleanFlag(true) });
    const client = startClient(core);
    const flag = client.boolean('new-checkout', false);

    expect(flag.get({ targetingKey: 'u' })).toBe(false);
    expect(flag.details({}).errorCode).toBe('PROVIDER_NOT_READY');
    expect(await client.ready()).toBe('READY');
    expect(flag.get({ targetingKey: 'u' })).toBe(true);
    expect(client.revision).toBe(1);
    expect(client.hash).toBe(core.head.hash);
    expect(core.authorizations).toEqual(new Set(['Bearer flags_s_test_secret']));
  });

  it('follows commits without being asked, and says which flags changed', async () => {
    const core = await startCore();
    core.commit({ 'flag/a': booleanFlag(false), 'flag/b': booleanFlag(false) });
    const client = startClient(core);
    await client.ready();
    const changes: (readonly string[])[] = [];
    client.on('change', ({ flagKeys }) => changes.push(flagKeys));
    const flag = client.boolean('a', false);

    core.commit({ 'flag/a': booleanFlag(true) });
    await until('the flag is on', () => flag.get({}));
    expect(changes).toEqual([['a']]);
    core.commit({ 'flag/a': null });
    await until('the flag is gone', () => !flag.get({}));
    expect(client.hash).toBe(core.head.hash);
  });

  it('reports what it runs', async () => {
    const core = await startCore();
    core.commit({ 'flag/a': booleanFlag(true) });
    startClient(core, { application: 'shop' });
    await until('it reported', () => core.reports.length > 0);
    expect(core.reports[0]).toMatchObject({
      revision: 1,
      hash: core.head.hash,
      status: 'APPLY_STATUS_APPLIED',
    });
    expect(core.reports[0]?.instance).toMatchObject({ sdk: 'flags-node', application: 'shop' });
  });

  it('repairs a lost delta from the next heartbeat', async () => {
    const core = await startCore();
    const client = startClient(core);
    await client.ready();
    core.commit({ 'flag/a': booleanFlag(true) }, { silent: true });
    core.heartbeat();
    await until('it caught up', () => client.revision === 1);
    expect(core.calls['getDeltas']).toBe(1);
    expect(client.hash).toBe(core.head.hash);
  });

  it('comes back by itself after the core was away, over one connection', async () => {
    const core = await startCore();
    core.commit({ 'flag/a': booleanFlag(true) });
    const client = startClient(core);
    await client.ready();
    await core.stop();
    const flag = client.boolean('a', false);
    expect(flag.get({})).toBe(true);

    const again = await startCore(core.port);
    again.commit({ 'flag/a': booleanFlag(true) });
    again.commit({ 'flag/a': booleanFlag(false) });
    await until('it follows the new core', () => client.revision === 2);
    expect(flag.get({})).toBe(false);
    expect(again.watchers).toBe(1);
  });
});
