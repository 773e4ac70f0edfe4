// The providers for browsers in Chromium, each from an origin of its own with a client key: OFREP's with its stream of changes,
// flagd's over Connect, and ours.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { bundleForWeb } from '@org/flags-web/build';
import { call } from '@org/tools/cluster/admin-client';
import { chromiumFlags, resolveChromium } from '@org/tools/services/chromium';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { differences } from './support/compare.ts';
import { createInstallation } from './support/installation.ts';
import type { Installation } from './support/installation.ts';
import { codeDefault, flags, users, usersInAll } from './support/population.ts';
import type { PolyglotPage } from './support/web-page.ts';

declare global {
  interface Window {
    readonly polyglot: PolyglotPage;
  }
}

const long = process.env['FLAGS_TEST_LONG'] === '1';
const userCount = long ? usersInAll : 200;
let installation: Installation;
let browser: Browser;
let server: Server;
let page: Page;

beforeAll(async () => {
  const { text } = await bundleForWeb(fileURLToPath(new URL('support/web-page.ts', import.meta.url)));
  server = createServer(({ url }, response) => {
    response.setHeader('content-type', url === '/page.js' ? 'text/javascript' : 'text/html');
    response.end(url === '/page.js' ? text : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  installation = await createInstallation(userCount, [origin]);
  browser = await chromium.launch({ executablePath: await resolveChromium(), args: [...chromiumFlags] });
  page = await browser.newPage();
  await page.goto(origin);
  await page.waitForFunction(() => 'polyglot' in window);
});
afterAll(async () => {
  await browser.close();
  await installation.close();
  server.closeAllConnections();
  server.close();
});

const constant = (value: string): object => ({
  ...flags['constant'],
  variants: { always: value },
});

it.each(['ours', 'ofrep', 'flagd'])(
  'assigns alike by the provider %s, and hears of changes',
  async (name) => {
    const { core, clientKey, environment, expected } = installation;
    const commit = (document: object): Promise<unknown> =>
      call(core.httpUrl, 'AdminService/Commit', {
        environment,
        changes: [{ kind: 'flag', key: 'constant', document }],
      });
    const source = { url: core.httpUrl, key: clientKey };
    await page.evaluate(([provider, from]) => window.polyglot.start(provider, from), [name, source] as const);
    const asked = [Object.keys(flags), users(userCount), codeDefault] as const;
    const got = await page.evaluate(
      ([keys, contexts, byDefault]) => window.polyglot.assign(keys, contexts, byDefault),
      asked,
    );
    expect(differences(expected, got)).toEqual({});
    await commit(constant('changed'));
    await page.waitForFunction(
      () => window.polyglot.heard.length > 0 && window.polyglot.value('constant') === 'changed',
    );
    await page.evaluate(() => window.polyglot.stop());
    await commit(flags['constant']!);
  },
);
