// The browser provider under OpenFeature's real web SDK, over a client in memory. With a core, in Chromium: test/browser.
import { OpenFeature, ProviderEvents, ProviderStatus } from '@openfeature/web-sdk';
import { afterEach, expect, it } from 'vitest';
import { createMemoryClient } from '../memory-client.ts';
import { createProvider } from './provider.ts';

afterEach(async () => {
  await OpenFeature.close();
  OpenFeature.clearHandlers();
  await OpenFeature.clearContexts();
});

const documents = {
  flags: {
    on: { value: true },
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
      ],
    },
  },
} as const;

const start = async () => {
  const client = createMemoryClient(documents);
  await OpenFeature.setProviderAndWait(createProvider(client));
  return { client, of: OpenFeature.getClient() };
};

it('resolves at once, by the context that OpenFeature holds', async () => {
  const { client, of } = await start();
  expect(of.getBooleanDetails('on', false)).toMatchObject({
    value: true,
    reason: 'STATIC',
    flagMetadata: { rule: 'default' },
  });
  expect(of.getStringDetails('ruled', 'no')).toMatchObject({ value: 'no', reason: 'DEFAULT' });
  await OpenFeature.setContext({ country: 'DE', since: new Date('2026-11-20T00:00:00Z') });
  expect(client.context).toEqual({ country: 'DE', since: '2026-11-20T00:00:00.000Z' });
  expect(of.getStringDetails('ruled', 'no')).toMatchObject({ value: 'yes', reason: 'TARGETING_MATCH' });
  expect(of.getNumberDetails('on', 1)).toMatchObject({ value: 1, errorCode: 'TYPE_MISMATCH' });
  expect(of.getObjectDetails('none', {})).toMatchObject({ value: {}, errorCode: 'FLAG_NOT_FOUND' });
});

it('tells changes of flags, not of the context, which OpenFeature tells itself', async () => {
  const { client, of } = await start();
  const events: string[] = [];
  for (const event of [ProviderEvents.ConfigurationChanged, ProviderEvents.ContextChanged])
    of.addHandler(event, () => events.push(event));
  await OpenFeature.setContext({ country: 'DE' });
  client.set(documents);
  expect(events).toEqual([ProviderEvents.ContextChanged, ProviderEvents.ConfigurationChanged]);
  expect(of.providerStatus).toBe(ProviderStatus.READY);
});

it('tracks', async () => {
  const { client, of } = await start();
  of.track('purchase', { value: 12.5, currency: 'EUR' });
  of.track('visit');
  expect(client.tracked).toEqual([
    { name: 'purchase', value: 12.5, attributes: { currency: 'EUR' } },
    { name: 'visit' },
  ]);
});
