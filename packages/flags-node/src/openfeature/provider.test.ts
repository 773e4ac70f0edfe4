// The provider under OpenFeature's real server SDK: resolutions, events, tracking, hooks; against a client in memory and one
// with a core.
import { OpenFeature, ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import type { Client as OpenFeatureClient, EventDetails, Hook } from '@openfeature/server-sdk';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../client.ts';
import { createMemoryClient } from '../memory-client.ts';
import { booleanFlag, startFakeCore } from '../testing/fake-core.ts';
import { until } from '../testing/until.ts';
import type { ClientOptions } from '../types.ts';
import { createProvider } from './provider.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await OpenFeature.close();
  OpenFeature.clearHandlers();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const documents = {
  flags: {
    on: { value: true },
    limit: { value: 3 },
    theme: { value: { colour: 'red' } },
    half: {
      type: 'string',
      enabled: true,
      variants: { a: 'A', b: 'B' },
      default: {
        split: {
          weights: [
            { variant: 'a', weight: 1 },
            { variant: 'b', weight: 1 },
          ],
          salt: '',
        },
      },
    },
    ruled: {
      type: 'string',
      enabled: true,
      variants: { yes: 'yes' },
      rules: [
        {
          id: 'german',
          when: { op: 'equals', attribute: 'country', value: 'DE' },
          serve: { variant: 'yes' },
        },
        {
          id: 'then',
          when: { op: 'equals', attribute: ['seen', 'at'], value: '2026-11-20T00:00:00.000Z' },
          serve: { variant: 'yes' },
        },
      ],
    },
    off: { type: 'boolean', enabled: false, variants: { on: true } },
  },
} as const;

const memory = async (): Promise<{
  of: OpenFeatureClient;
  client: ReturnType<typeof createMemoryClient>;
}> => {
  const client = createMemoryClient(documents);
  await OpenFeature.setProviderAndWait(createProvider(client));
  return { client, of: OpenFeature.getClient() };
};

describe('over a client in memory', () => {
  it('resolves every type with variant, reason and metadata', async () => {
    const { of } = await memory();
    expect(of.metadata.providerMetadata.name).toBe('flags-node');
    expect(await of.getBooleanDetails('on', false)).toMatchObject({
      value: true,
      variant: 'value',
      reason: 'STATIC',
      flagMetadata: { rule: 'default' },
    });
    expect(await of.getNumberValue('limit', 0)).toBe(3);
    expect(await of.getObjectValue('theme', {})).toEqual({ colour: 'red' });
    expect(await of.getStringDetails('ruled', 'no', { country: 'DE' })).toMatchObject({
      value: 'yes',
      reason: 'TARGETING_MATCH',
      flagMetadata: { rule: 'rule:german' },
    });
    expect(await of.getStringDetails('half', 'x', { targetingKey: 'u-1' })).toMatchObject({
      reason: 'SPLIT',
    });
    expect(await of.getBooleanDetails('off', true)).toMatchObject({
      value: true,
      reason: 'DISABLED',
    });
    expect(await of.getStringDetails('ruled', 'no')).toMatchObject({ value: 'no', reason: 'DEFAULT' });
  });

  it('answers the default with an error code', async () => {
    const { of } = await memory();
    expect(await of.getBooleanDetails('none', true)).toMatchObject({
      value: true,
      reason: 'ERROR',
      errorCode: 'FLAG_NOT_FOUND',
    });
    expect(await of.getStringDetails('on', 'x')).toMatchObject({
      value: 'x',
      reason: 'ERROR',
      errorCode: 'TYPE_MISMATCH',
    });
    expect(await of.getStringDetails('half', 'x', {})).toMatchObject({
      value: 'x',
      errorCode: 'TARGETING_KEY_MISSING',
    });
  });

  it('reads dates as the texts that JSON has for them', async () => {
    const { of } = await memory();
    const at = new Date('2026-11-20T00:00:00Z');
    expect(await of.getStringValue('ruled', 'no', { seen: { at } })).toBe('yes');
    expect(await of.getStringValue('ruled', 'no', { seen: { at: new Date(Number.NaN) } })).toBe('no');
  });

  it('leaves hooks to OpenFeature', async () => {
    const { of } = await memory();
    const stages: string[] = [];
    const hook: Hook = {
      before: () => void stages.push('before'),
      after: (_hook, details) => void stages.push(`after ${String(details.reason)}`),
      error: () => void stages.push('error'),
      finally: () => void stages.push('finally'),
    };
    await of.addHooks(hook).getBooleanValue('on', false);
    await of.getBooleanValue('none', false);
    expect(stages).toEqual(['before', 'after STATIC', 'finally', 'before', 'error', 'finally']);
  });

  it('tracks', async () => {
    const { of, client } = await memory();
    of.track('purchase', { targetingKey: 'u-1' }, { value: 12.5, currency: 'EUR' });
    of.track('visit');
    expect(client.tracked).toEqual([
      { name: 'purchase', context: { targetingKey: 'u-1' }, value: 12.5, attributes: { currency: 'EUR' } },
      { name: 'visit', context: {} },
    ]);
  });

  it('tells which flags changed, and nothing after it is closed', async () => {
    const { of, client } = await memory();
    const changes: (EventDetails | undefined)[] = [];
    of.addHandler(ProviderEvents.ConfigurationChanged, (details) => changes.push(details));
    client.set({ flags: { on: { value: false } } });
    await until('the change was told', () => changes.length === 1);
    expect(changes[0]).toMatchObject({ flagsChanged: expect.arrayContaining(['on', 'limit']) as string[] });
    await OpenFeature.close();
    client.set(documents);
    expect(changes).toHaveLength(1);
  });
});

describe('over a client with a core', () => {
  const start = async (readyTimeoutMs: number, options: Partial<ClientOptions> = {}) => {
    const core = await startFakeCore();
    cleanUps.push(() => core.stop());
    core.commit({ 'flag/a': booleanFlag(true) });
    const client = createClient({ url: core.url, key: 'flags_s_test_secret', ...options });
    cleanUps.push(() => client.close());
    const events: string[] = [];
    for (const event of [
      ProviderEvents.Ready,
      ProviderEvents.Stale,
      ProviderEvents.Error,
      ProviderEvents.ConfigurationChanged,
    ])
      OpenFeature.addHandler(event, () => events.push(event));
    // Whoever listens is told that the provider which does nothing is ready.
    await until('the listener was told', () => events.length === 1);
    events.length = 0;
    return { core, client, events, provider: createProvider(client, { readyTimeoutMs }) };
  };

  it('is ready with the first state, follows changes, is stale without a core and ready again', async () => {
    const { core, events, provider } = await start(5_000);
    await OpenFeature.setProviderAndWait(provider);
    const of = OpenFeature.getClient();
    expect(await of.getBooleanValue('a', false)).toBe(true);
    core.commit({ 'flag/a': booleanFlag(false) });
    await until('the change was told', () => events.includes(ProviderEvents.ConfigurationChanged));
    expect(await of.getBooleanValue('a', true)).toBe(false);
    expect(events).toEqual([ProviderEvents.Ready, ProviderEvents.ConfigurationChanged]);
  });

  it('is stale with a stored state that no core confirms, and ready when one does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flags-provider-'));
    cleanUps.push(async () => rmSync(folder, { recursive: true }));
    const snapshotFile = join(folder, 'snapshot');
    const { core, client: first, events } = await start(5_000, { snapshotFile });
    await first.ready();
    await first.close();
    await core.stop();
    const client = createClient({ url: core.url, key: 'flags_s_test_secret', snapshotFile });
    cleanUps.push(() => client.close());
    await OpenFeature.setProviderAndWait(createProvider(client));
    const of = OpenFeature.getClient();
    await until('it is stale', () => of.providerStatus === ProviderStatus.STALE);
    expect(await of.getBooleanDetails('a', false)).toMatchObject({ value: true, reason: 'STATIC' });
    const again = await startFakeCore(Number(new URL(core.url).port));
    cleanUps.push(() => again.stop());
    again.commit({ 'flag/a': booleanFlag(true) });
    await until('it is ready', () => of.providerStatus === ProviderStatus.READY);
    expect(events).toEqual([ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Ready]);
  });

  it('fails to be set while there is no state, and becomes ready by an event', async () => {
    const { core, events, provider } = await start(0);
    core.refuse('Watch', 14);
    await expect(OpenFeature.setProviderAndWait(provider)).rejects.toThrow('No core');
    const of = OpenFeature.getClient();
    expect(await of.getBooleanDetails('a', false)).toMatchObject({
      value: false,
      errorCode: 'PROVIDER_NOT_READY',
    });
    core.refuse('Watch', undefined);
    await until('it is ready', () => events.includes(ProviderEvents.Ready));
    expect(of.providerStatus).toBe(ProviderStatus.READY);
    expect(await of.getBooleanValue('a', false)).toBe(true);
  });
});
