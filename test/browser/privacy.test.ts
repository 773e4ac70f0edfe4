// What never reaches a browser, a URL or a foreign origin.
import { describe, expect, it } from 'vitest';
import { call } from '@org/tools/cluster/admin-client';
import { waitUntil } from '@org/tools/services/service-process';
import { createWebEnvironment, textFlag } from './support/environment.ts';
import { expectState, expectText, openClient, openPage, startClient, useBrowser } from './support/fixture.ts';

const fixture = useBrowser();
const hiddenId = 'customer-4711-hidden';
const hiddenMail = 'secret.person@example.test';
const serverSide = 'only-for-servers';

const variants = { on: 'others', vip: 'important' };
const documents = [
  [
    'segment',
    'staff',
    { clientVisible: true, included: [hiddenId], when: { op: 'or', of: [] }, description: serverSide },
  ],
  [
    'flag',
    'by-target',
    {
      ...textFlag(''),
      variants,
      targets: [{ variant: 'vip', keys: [hiddenId] }],
      description: serverSide,
      owner: serverSide,
    },
  ],
  [
    'flag',
    'by-segment',
    {
      ...textFlag(''),
      variants,
      rules: [{ id: 'staff', when: { op: 'segment', key: 'staff' }, serve: { variant: 'vip' } }],
    },
  ],
  [
    'flag',
    'by-mail',
    {
      ...textFlag(''),
      variants,
      rules: [
        {
          id: 'mail',
          when: { op: 'in', attribute: 'email', values: [hiddenMail], sensitive: true },
          serve: { variant: 'vip' },
        },
      ],
    },
  ],
  ['flag', serverSide, { ...textFlag('x'), clientVisible: false }],
] as const;

const prepare = async () => {
  const { core, proxy, pages, browser } = fixture;
  const environment = await createWebEnvironment(core.httpUrl, pages.origin);
  await environment.commit(...documents);
  const options = { url: proxy.url, key: environment.clientKey, context: { targetingKey: 'u-1' } };
  return { environment, context: await browser.newContext(), options, origin: pages.origin };
};

describe('what browsers get to see', () => {
  it('evaluates rules over ids and sensitive literals that never reach the browser', async () => {
    const { environment, context, options, origin } = await prepare();
    const page = await openClient(context, origin, options);
    await expectState(page, 'READY');
    const answers = await page.evaluate(
      ([id, email]) =>
        ['by-target', 'by-segment', 'by-mail'].map((key) => {
          const flag = window.client.string(key, '');
          return [flag.get(), flag.get({ targetingKey: id!, email })];
        }),
      [hiddenId, hiddenMail],
    );
    expect(answers).toEqual([
      ['others', 'important'],
      ['others', 'important'],
      ['others', 'important'],
    ]);

    // A delta carries no more than the snapshot does.
    await environment.commit([
      'flag',
      'by-target',
      { ...documents[1][2], variants: { on: 'changed', vip: 'important' } },
    ]);
    await expectText(page, 'by-target', 'changed');
    await waitUntil('the snapshot is stored', () => page.evaluate(() => localStorage.length > 0));
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }));
    const received = fixture.proxy.exchanges.map(({ responseBody }) => responseBody).join();
    for (const secret of [hiddenId, hiddenMail, serverSide]) {
      expect(received).not.toContain(secret);
      expect(stored).not.toContain(secret);
    }
  });

  it('never puts the key into a URL', async () => {
    const { context, options, origin } = await prepare();
    const page = await openClient(context, origin, options);
    const urls: string[] = [];
    page.on('request', (request) => urls.push(request.url(), request.headers()['referer'] ?? ''));
    await expectState(page, 'READY');
    await page.evaluate(() => {
      window.client.track('click');
      return window.client.flush();
    });
    await page.goto('about:blank');
    await waitUntil('the page said good-bye', () => fixture.proxy.of('/v1/watch').every(({ open }) => !open));
    const [id, secret] = options.key.split('_').slice(2) as [string, string];
    expect(fixture.proxy.of('/flags.v1.EventService/Record')).not.toHaveLength(0);
    for (const url of [...urls, ...fixture.proxy.exchanges.map((exchange) => exchange.url)]) {
      expect(url).not.toContain(secret);
      expect(url).not.toContain(id);
    }
  });

  it('gets nothing on an origin that the environment does not allow', async () => {
    const { context, options } = await prepare();
    const { otherOrigin } = fixture.pages;
    const page = await openPage(context, otherOrigin);
    await startClient(page, options);
    await waitUntil('the stream was refused', () =>
      fixture.proxy.exchanges.some(({ url }) => url === '/v1/watch'),
    );
    expect(await page.evaluate(() => window.client.ready({ timeoutMs: 500 }))).toBe('NOT_READY');
    const received = fixture.proxy.exchanges.map(({ responseBody }) => responseBody).join();
    expect(received).not.toContain('by-target');
    expect(fixture.proxy.of('/v1/watch').filter(({ status }) => status === 200)).toEqual([]);
  });

  it('tells the page when the key is refused, and goes on with its defaults', async () => {
    const { environment, context, options, origin } = await prepare();
    const { keys } = await call<{ keys: { id: string }[] }>(fixture.core.httpUrl, 'AccessService/ListKeys', {
      environment: environment.reference,
    });
    for (const { id } of keys) {
      await call(fixture.core.httpUrl, 'AccessService/RevokeKey', {
        environment: environment.reference,
        keyId: id,
      });
    }
    const page = await openPage(context, origin);
    await page.evaluate((given) => {
      window.heard = [];
      window.client = window.sdk.createClient(given);
      window.client.on('error', ({ message }) => window.heard.push(message));
    }, options);
    await page.waitForFunction(() => window.heard.length > 0);
    expect(await page.evaluate(() => window.heard[0])).toBe('/v1/watch: 401');
    expect(await page.evaluate(() => window.client.string('by-target', 'mine').get())).toBe('mine');
  });
});
