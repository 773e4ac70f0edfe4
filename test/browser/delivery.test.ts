// Changes reach every tab over one stream, in real Chromium against a real core.
import { describe, expect, it } from 'vitest';
import { waitUntil } from '@org/tools/services/service-process';
import { createWebEnvironment, snapshotFor, textFlag } from './support/environment.ts';
import { expectState, expectText, openClient, useBrowser } from './support/fixture.ts';

const fixture = useBrowser();

const open = async (tabs: number) => {
  const { core, proxy, pages, browser } = fixture;
  const environment = await createWebEnvironment(core.httpUrl, pages.origin);
  await environment.commit(['flag', 'greeting', textFlag('one')]);
  const context = await browser.newContext();
  const options = { url: proxy.url, key: environment.clientKey, context: { targetingKey: 'u-1' } };
  const opened = [];
  for (let i = 0; i < tabs; i++) opened.push(await openClient(context, pages.origin, options));
  return { environment, context, options, tabs: opened };
};

describe('delivery to browsers', () => {
  it('brings a change to a page without a reload', async () => {
    const {
      environment,
      tabs: [page],
    } = await open(1);
    await expectText(page!, 'greeting', 'one');
    await expectState(page!, 'READY');
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    await expectText(page!, 'greeting', 'two');
  });

  it('shares one stream among the tabs of a browser', async () => {
    const { environment, tabs } = await open(4);
    for (const page of tabs) await expectState(page, 'READY');
    expect(fixture.proxy.openStreams()).toBe(1);
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    for (const page of tabs) await expectText(page, 'greeting', 'two');
    expect(fixture.proxy.openStreams()).toBe(1);
  });

  it('passes the lead on when the leading tab is closed', async () => {
    const { environment, tabs } = await open(3);
    for (const page of tabs) await expectState(page, 'READY');
    const [leader, ...others] = tabs;
    // An attempt that was given up on a busy machine may stand before the stream that is open now.
    const requests = fixture.proxy.of('/v1/watch').length;
    await leader!.close();
    await waitUntil(
      'another tab takes the stream',
      () => fixture.proxy.of('/v1/watch').length > requests && fixture.proxy.openStreams() === 1,
    );
    await environment.commit(['flag', 'greeting', textFlag('two')]);
    for (const page of others) await expectText(page, 'greeting', 'two');
    expect(fixture.proxy.openStreams()).toBe(1);
  });

  it('brings a tab to the present that starts behind changes browsers do not see', async () => {
    const { environment, context, options, tabs } = await open(1);
    await expectState(tabs[0]!, 'READY');
    const bootstrap = await snapshotFor(options);
    await environment.commit(['flag', 'hidden', { ...textFlag('x'), clientVisible: false }]);
    await tabs[0]!.waitForFunction(() => window.client.revision === 2);
    const late = await openClient(context, fixture.pages.origin, { ...options, bootstrap, storage: 'none' });
    await late.waitForFunction(() => window.client.revision === 2 && window.client.state === 'READY');
    expect(fixture.proxy.openStreams()).toBe(1);
  });
});
