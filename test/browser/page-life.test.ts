// A page's life: server-rendered start, contexts, remote evaluation, freezing, closing.
import { describe, expect, it } from 'vitest';
import { waitUntil } from '@org/tools/services/service-process';
import { createWebEnvironment, snapshotFor, textFlag, type Document } from './support/environment.ts';
import { expectState, expectText, openClient, openPage, useBrowser } from './support/fixture.ts';

const fixture = useBrowser();

const prepare = async (...documents: readonly Document[]) => {
  const { core, proxy, pages, browser } = fixture;
  const environment = await createWebEnvironment(core.httpUrl, pages.origin);
  await environment.commit(['flag', 'greeting', textFlag('one')], ...documents);
  const options = { url: proxy.url, key: environment.clientKey, context: { targetingKey: 'u-1' } };
  return { environment, context: await browser.newContext(), options, origin: pages.origin };
};

const germanFlag = {
  ...textFlag('others'),
  variants: { on: 'others', de: 'Germans' },
  rules: [{ id: 'de', when: { op: 'equals', attribute: 'country', value: 'DE' }, serve: { variant: 'de' } }],
};

describe('the life of a page', () => {
  it('starts from server-rendered state before anything is asked', async () => {
    const { context, options, origin } = await prepare();
    const bootstrap = await snapshotFor(options);
    const page = await openPage(context, origin);
    for (const form of [bootstrap, JSON.stringify(bootstrap), (bootstrap as { snapshot: object }).snapshot]) {
      const value = await page.evaluate(
        ([given, state]) =>
          window.sdk
            .createClient({ ...given, storage: 'none', bootstrap: state })
            .string('greeting', '')
            .get(),
        [options, form] as const,
      );
      expect(value).toBe('one');
    }
  });

  it('ignores server-rendered state that is damaged', async () => {
    const { context, options, origin } = await prepare();
    for (const bootstrap of [
      '{',
      'null',
      '{"snapshot":{"historyId":"h","revision":5,"hash":"0000000000000001"}}',
      '[]',
    ]) {
      const page = await openClient(context, origin, { ...options, bootstrap });
      await expectText(page, 'greeting', 'one');
    }
  });

  it('evaluates for another context as soon as it is set', async () => {
    const { context, options, origin } = await prepare(['flag', 'market', germanFlag]);
    const page = await openClient(context, origin, options);
    await expectText(page, 'market', 'others');
    const seen = await page.evaluate(() => {
      const flag = window.client.string('market', '');
      window.client.on('change', () => window.heard.push(flag.get()));
      window.client.setContext({ targetingKey: 'u-1', country: 'DE' });
      return [flag.get(), flag.get({ country: 'FR' }), ...window.heard];
    });
    expect(seen).toEqual(['Germans', 'others', 'Germans']);
  });

  it('asks the server for flags that are evaluated remotely, and again when something changed', async () => {
    const secret = { ...germanFlag, remoteEvaluation: true };
    const { environment, context, options, origin } = await prepare(['flag', 'secret', secret]);
    const page = await openClient(context, origin, options);
    await expectState(page, 'READY');
    await expectText(page, 'secret', 'others');
    await page.evaluate(() => window.client.setContext({ targetingKey: 'u-1', country: 'DE' }));
    await expectText(page, 'secret', 'Germans');
    expect(await page.evaluate(() => window.client.string('secret', '').details())).toMatchObject({
      variant: 'de',
      rule: 'rule:de',
    });
    await environment.commit(['flag', 'secret', { ...secret, variants: { on: 'others', de: 'Bavarians' } }]);
    await expectText(page, 'secret', 'Bavarians');
    const asked = fixture.proxy.of('/flags.v1.FlagService/Evaluate');
    await page.evaluate(() => window.client.string('secret', '').get());
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(JSON.stringify(fixture.proxy.exchanges.filter(({ url }) => url === '/v1/watch'))).not.toContain(
      'Bavarians',
    );
  });

  it('tells listeners of states and changes until they leave', async () => {
    const { environment, context, options, origin } = await prepare();
    const page = await openPage(context, origin);
    await page.evaluate((given) => {
      window.heard = [];
      window.client = window.sdk.createClient({ ...given, storage: 'none' });
      window.client.on('state', (state) => window.heard.push(state));
      const leave = window.client.on('change', ({ revision }) => {
        window.heard.push(revision);
        leave();
      });
    }, options);
    await expectState(page, 'READY');
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    await expectText(page, 'greeting', 'two');
    expect(await page.evaluate(() => window.heard)).toEqual([1, 'READY']);
  });

  it('opens no stream to stay without streaming, and looks again when the page is shown', async () => {
    const { environment, context, options, origin } = await prepare();
    const page = await openClient(context, origin, { ...options, streaming: false });
    await expectState(page, 'READY');
    await waitUntil('the stream is closed', () => fixture.proxy.openStreams() === 0);
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    await expectState(page, 'STALE');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await expectText(page, 'greeting', 'two');
    await waitUntil('the stream is closed again', () => fixture.proxy.openStreams() === 0);
  });

  it('gives up the stream when it is frozen, and catches up when it goes on', async () => {
    const { environment, context, options, origin } = await prepare();
    const page = await openClient(context, origin, options);
    await expectState(page, 'READY');
    await page.evaluate(() => document.dispatchEvent(new Event('freeze')));
    await waitUntil('the stream is closed', () => fixture.proxy.openStreams() === 0);
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    await page.evaluate(() => document.dispatchEvent(new Event('resume')));
    await expectText(page, 'greeting', 'two');
    expect(fixture.proxy.openStreams()).toBe(1);
  });

  it('goes on evaluating after close, and holds nothing open', async () => {
    const { context, options, origin } = await prepare();
    const page = await openClient(context, origin, options);
    await expectState(page, 'READY');
    await page.evaluate(() => window.client.close());
    await waitUntil('the stream is closed', () => fixture.proxy.openStreams() === 0);
    expect(await page.evaluate(() => window.client.string('greeting', '').get())).toBe('one');
    const other = await openClient(context, origin, options);
    await expectState(other, 'READY');
  });
});
