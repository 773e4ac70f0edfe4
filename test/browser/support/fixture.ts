// What every browser test needs: Chromium, a core, the proxy between them, and the server of the pages.
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Client, ClientOptions } from '@org/flags-web';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { chromiumFlags, resolveChromium } from '@org/tools/services/chromium';
import { startPageServer, type PageServer } from './page-server.ts';
import { startRecordingProxy, type RecordingProxy } from './recording-proxy.ts';

declare global {
  interface Window {
    readonly sdk: typeof import('@org/flags-web');
    readonly evaluator: typeof import('@org/evaluator/compact');
    /** The client of the page. */
    client: Client;
    /** What the listeners of the page heard. */
    heard: unknown[];
  }
}

/** Options that travel into a page: no code. */
export type PageOptions = Omit<ClientOptions, 'extend' | 'hooks'>;

export interface Fixture {
  readonly core: CoreProcess;
  readonly proxy: RecordingProxy;
  readonly pages: PageServer;
  readonly browser: Browser;
}

/** Starts everything once for a file; closes the contexts of a test after it. */
export function useBrowser(): Fixture {
  const started: { -readonly [K in keyof Fixture]?: Fixture[K] } = {};
  beforeAll(async () => {
    const executablePath = await resolveChromium();
    [started.core, started.pages, started.browser] = await Promise.all([
      startCore(),
      startPageServer(),
      chromium.launch({ executablePath, args: [...chromiumFlags] }),
    ]);
    started.proxy = await startRecordingProxy(started.core.httpUrl);
  });
  afterEach(async () => {
    await Promise.all(started.browser?.contexts().map((context) => context.close()) ?? []);
    started.proxy?.forget();
  });
  afterAll(async () => {
    await started.browser?.close();
    await Promise.all([started.proxy?.close(), started.pages?.close(), started.core?.close()]);
  });
  return started as Fixture;
}

/** Opens a page of the origin with the SDK loaded. */
export async function openPage(context: BrowserContext, origin: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin);
  await page.waitForFunction(() => 'sdk' in window);
  return page;
}

/** Opens a page and starts its client. */
export async function openClient(
  context: BrowserContext,
  origin: string,
  options: PageOptions,
): Promise<Page> {
  const page = await openPage(context, origin);
  await startClient(page, options);
  return page;
}

/** Starts the page's client. */
export async function startClient(page: Page, options: PageOptions): Promise<void> {
  await page.evaluate((given) => {
    window.heard = [];
    window.client = window.sdk.createClient(given);
  }, options);
}

/** Waits until the page's client answers this text. */
export async function expectText(page: Page, key: string, text: string): Promise<void> {
  await page.waitForFunction(([flag, value]) => window.client.string(flag!, '').get() === value, [key, text]);
}

/** Waits until the page's client is in this state. */
export async function expectState(page: Page, state: string): Promise<void> {
  await page.waitForFunction((wanted) => window.client.state === wanted, state);
}
