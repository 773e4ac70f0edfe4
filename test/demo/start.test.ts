// `npm start` as a newcomer runs it: the real processes, the shop in a real browser, one call that changes both the service
// and the page without a reload, Ctrl-C, and a second start that finds everything as it was left.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreClient, type CallCore } from '@org/tools/demo/core-client';
import { root } from '@org/tools/lib/run';
import { chromiumFlags, resolveChromium } from '@org/tools/services/chromium';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface RunningDemo {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
  readonly shop: string;
  readonly core: string;
}

/** Starts it and waits until it says how to stop it. */
async function startDemo(folder: string): Promise<RunningDemo> {
  const child = spawn(process.execPath, [join(root, 'tools/run.mjs'), 'start'], {
    env: { ...process.env, DEMO_DIR: folder },
  });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const told = new Promise<void>((resolve, reject) => {
    const read = (part: Buffer): void => {
      output += part.toString('utf8');
      if (output.includes('Ctrl-C stops everything')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then(() => reject(new Error(`it ended:\n${output}`)));
  });
  await told;
  const address = (name: string): string => new RegExp(`${name} +(http://\\S+)`).exec(output)![1]!;
  return { process: child, ended, output: () => output, shop: address('Shop'), core: address('Core') };
}

async function stopDemo({ process: child, ended }: RunningDemo): Promise<number | null> {
  child.kill('SIGINT');
  return ended;
}

describe('given a started demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flags-demo-'));
  let demo: RunningDemo;
  let browser: Browser;
  let page: Page;
  let call: CallCore;
  const complaints: string[] = [];

  beforeAll(async () => {
    demo = await startDemo(folder);
    call = coreClient(demo.core, readFileSync(join(folder, 'admin-key'), 'utf8').trim());
    browser = await chromium.launch({ executablePath: await resolveChromium(), args: [...chromiumFlags] });
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(demo.shop);
  });

  afterAll(async () => {
    await browser?.close();
    if (demo !== undefined) await stopDemo(demo);
    rmSync(folder, { recursive: true });
  });

  const answer = (flagKey: string, askedBy: 'page' | 'service') =>
    page.locator('#flags tr', { hasText: flagKey }).filter({ hasText: askedBy });

  it('shows the shop, with the answers of page and service', async () => {
    await page.getByRole('heading', { name: 'Explorascope' }).waitFor();
    expect(await page.locator('#banner').innerText()).toBe('Welcome to Stargazer');
    await answer('new-checkout', 'page').getByText('TARGETING_MATCH').waitFor();
    await answer('new-checkout', 'service').getByText('TARGETING_MATCH').waitFor();
  });

  it('changes service and page at once, without a reload, by one call', async () => {
    await page.evaluate(() => document.body.setAttribute('data-not-reloaded', ''));
    await call('AdminService/Kill', { environment: 'demo/example', flagKey: 'new-checkout', reason: 'test' });
    await answer('new-checkout', 'page').getByText('DISABLED').waitFor();
    await answer('new-checkout', 'service').getByText('DISABLED').waitFor();
    await page.getByRole('button', { name: 'Check out', exact: true }).waitFor();
    expect(await page.locator('body[data-not-reloaded]').count()).toBe(1);
  });

  it('shows another customer other prices', async () => {
    await page.getByLabel('You are').selectOption('customer-2');
    await page.locator('.price s').first().waitFor({ state: 'detached' });
    await page.getByLabel('You are').selectOption('customer-1');
    await page.locator('.price s').first().waitFor();
  });

  it('sells', async () => {
    await page.getByRole('button', { name: 'Add to basket: Lens cleaning kit' }).click();
    await page.getByRole('button', { name: 'Check out', exact: true }).click();
    await page.getByText('Paid 24.71 €').waitFor();
  });

  it('refuses to start a second time beside the first, and says why', async () => {
    await expect(startDemo(folder)).rejects.toThrow('The demo runs already');
  });

  it('raises no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });

  it('stops cleanly, and finds everything as it was at the next start', async () => {
    const keys = ['admin', 'server', 'client'].map((name) =>
      readFileSync(join(folder, `${name}-key`), 'utf8'),
    );
    expect(await stopDemo(demo)).toBe(0);
    await expect(fetch(demo.core)).rejects.toThrow();
    await expect(fetch(demo.shop)).rejects.toThrow();
    demo = await startDemo(folder);
    expect(demo.output()).not.toContain('Committed');
    for (const key of keys) expect(demo.output()).not.toContain(key.trim());
    call = coreClient(demo.core, keys[0]!.trim());
    const { document } = await call<{ document: { killed?: boolean } }>('AdminService/GetDocument', {
      environment: 'demo/example',
      kind: 'flag',
      key: 'new-checkout',
    });
    expect(document.killed).toBe(true);
  });

  it('takes the place of what is left when it was killed', async () => {
    const left = ['core', 'analytics', 'shop'].map(childOf);
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
    await demo.ended;
    expect(left.filter(isAlive)).toEqual(left);
    demo = await startDemo(folder);
    expect(left.filter(isAlive)).toEqual([]);
  });

  /** The number of a child's process, as the demo notes it. */
  const childOf = (name: string): number => {
    const note = readFileSync(join(folder, `${name}.log.child`), 'utf8');
    return (JSON.parse(note) as { readonly pid: number }).pid;
  };
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
