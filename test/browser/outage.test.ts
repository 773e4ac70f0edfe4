// Pages go on without network, server, storage, locks; and find back.
import { describe, expect, it } from 'vitest';
import type { BrowserContext, Page } from 'playwright-core';
import { waitUntil } from '@org/tools/services/service-process';
import { createWebEnvironment, textFlag } from './support/environment.ts';
import { expectState, expectText, openClient, openPage, startClient, useBrowser } from './support/fixture.ts';

const fixture = useBrowser();

const prepare = async () => {
  const { core, proxy, pages, browser } = fixture;
  const environment = await createWebEnvironment(core.httpUrl, pages.origin);
  await environment.commit(['flag', 'greeting', textFlag('one')]);
  const options = { url: proxy.url, key: environment.clientKey, context: { targetingKey: 'u-1' } };
  return { environment, context: await browser.newContext(), options, origin: pages.origin };
};

const storedEntries = (page: Page): Promise<number> => page.evaluate(() => localStorage.length);

/** Leaves a stored snapshot behind, as an earlier visit does. */
const visit = async (
  context: BrowserContext,
  origin: string,
  options: Parameters<typeof startClient>[1],
): Promise<void> => {
  const page = await openClient(context, origin, options);
  await expectText(page, 'greeting', 'one');
  await waitUntil('the snapshot is stored', async () => (await storedEntries(page)) > 0);
  await page.close();
};

describe('outages', () => {
  it('keeps the last state while the network is away, says so, and catches up when it is back', async () => {
    const { environment, context, options, origin } = await prepare();
    const page = await openClient(context, origin, options);
    await expectState(page, 'READY');
    await fixture.proxy.down();
    await context.setOffline(true);
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    await expectState(page, 'STALE');
    expect(await page.evaluate(() => window.client.string('greeting', '').get())).toBe('one');
    await fixture.proxy.up();
    await context.setOffline(false);
    await expectText(page, 'greeting', 'two');
    await expectState(page, 'READY');
  });

  it('starts from localStorage at once when the server is down', async () => {
    const { context, options, origin } = await prepare();
    await visit(context, origin, options);
    await fixture.proxy.down();
    try {
      const page = await openPage(context, origin);
      const seen = await page.evaluate((given) => {
        window.client = window.sdk.createClient(given);
        return [window.client.state, window.client.string('greeting', '').get()];
      }, options);
      expect(seen).toEqual(['STALE', 'one']);
      expect(await page.evaluate(() => window.client.ready())).toBe('STALE');
    } finally {
      await fixture.proxy.up();
    }
  });

  it('serves defaults, and resolves ready in time, when there is neither server nor stored state', async () => {
    const { context, options, origin } = await prepare();
    await fixture.proxy.down();
    try {
      const page = await openClient(context, origin, options);
      expect(await page.evaluate(() => window.client.ready({ timeoutMs: 50 }))).toBe('NOT_READY');
      expect(await page.evaluate(() => window.client.string('greeting', 'mine').details())).toMatchObject({
        value: 'mine',
        reason: 'ERROR',
        errorCode: 'PROVIDER_NOT_READY',
      });
    } finally {
      await fixture.proxy.up();
    }
  });

  it.each([
    ['damaged', (entry: string) => entry.replace('one', 'two')],
    ['cut off', (entry: string) => entry.slice(0, -10)],
    ['not ours', () => 'null'],
  ])('ignores a stored state that is %s', async (_name, damage) => {
    const { context, options, origin } = await prepare();
    await visit(context, origin, options);
    await fixture.proxy.down();
    try {
      const page = await openPage(context, origin);
      const entries = await page.evaluate(() => ({ ...localStorage }));
      const damaged = Object.entries<string>(entries).map(([name, entry]) => [name, damage(entry)] as const);
      await page.evaluate(
        (pairs) => pairs.forEach(([name, entry]) => localStorage.setItem(name, entry)),
        damaged,
      );
      await startClient(page, options);
      expect(
        await page.evaluate(() => [window.client.state, window.client.string('greeting', 'mine').get()]),
      ).toEqual(['NOT_READY', 'mine']);
    } finally {
      await fixture.proxy.up();
    }
    const page = context.pages()[0]!;
    await expectText(page, 'greeting', 'one');
  });

  it('works where storage, locks and channels are forbidden or full', async () => {
    const { environment, context, options, origin } = await prepare();
    await context.addInitScript(() => {
      const forbid = (): never => {
        throw new DOMException('forbidden', 'SecurityError');
      };
      Object.defineProperty(window, 'localStorage', { get: forbid });
      Object.defineProperty(window, 'BroadcastChannel', { value: forbid });
      Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });
      navigator.sendBeacon = forbid;
    });
    const pages = [await openClient(context, origin, options), await openClient(context, origin, options)];
    for (const page of pages) await expectState(page, 'READY');
    expect(fixture.proxy.openStreams()).toBe(2);
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    for (const page of pages) await expectText(page, 'greeting', 'two');
  });

  it('goes on with a stream of its own where locks exist and may not be used', async () => {
    const { context, options, origin } = await prepare();
    await context.addInitScript(() => {
      navigator.locks.request = () => Promise.reject(new DOMException('forbidden', 'SecurityError'));
    });
    await expectState(await openClient(context, origin, options), 'READY');
  });

  it('takes the lead from a tab that holds it and does not answer', async () => {
    const { environment, context, options, origin } = await prepare();
    const frozen = await openClient(context, origin, options);
    await expectState(frozen, 'READY');
    // As a phone does with a tab in the background: it keeps its lock, and no script of it runs any more.
    const devtools = await context.newCDPSession(frozen);
    await devtools.send('Debugger.enable');
    await devtools.send('Debugger.pause');
    void frozen.evaluate(() => 1).catch(() => undefined);
    const page = await openClient(context, origin, { ...options, storage: 'none' });
    await expectState(page, 'READY');
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    await expectText(page, 'greeting', 'two');
    await devtools.send('Debugger.resume');
    await devtools.send('Debugger.disable');
    await expectText(frozen, 'greeting', 'two');
    await waitUntil('there is one stream again', () => fixture.proxy.openStreams() === 1);
  });

  it('finds back to a core that was killed and started again', async () => {
    const { environment, context, options, origin } = await prepare();
    const page = await openClient(context, origin, options);
    await expectState(page, 'READY');
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    await expectText(page, 'greeting', 'two');
    await fixture.core.restart();
    await environment.commit(['flag', 'greeting', textFlag('three')]);
    await expectText(page, 'greeting', 'three');
  });
});
