// What pages record arrives at the core, once.
import { describe, expect, it } from 'vitest';
import { waitUntil } from '@org/tools/services/service-process';
import { createWebEnvironment, textFlag } from './support/environment.ts';
import { expectState, openClient, useBrowser } from './support/fixture.ts';
import type { Exchange } from './support/recording-proxy.ts';

const fixture = useBrowser();

const splitFlag = {
  ...textFlag(''),
  variants: { a: 'A', b: 'B' },
  default: {
    split: {
      weights: [
        { variant: 'a', weight: 50 },
        { variant: 'b', weight: 50 },
      ],
    },
  },
  targets: [{ variant: 'a', keys: ['tester'] }],
};

const prepare = async (more: object = {}) => {
  const { core, proxy, pages, browser } = fixture;
  const environment = await createWebEnvironment(core.httpUrl, pages.origin);
  await environment.commit(['flag', 'split', splitFlag]);
  const options = { url: proxy.url, key: environment.clientKey, context: { targetingKey: 'u-1' }, ...more };
  const context = await browser.newContext();
  const page = await openClient(context, pages.origin, options);
  await expectState(page, 'READY');
  return { page };
};

interface RecordedEvent {
  readonly exposure?: {
    readonly flagKey: string;
    readonly variant: string;
    readonly units: object;
    readonly excluded?: boolean;
  };
  readonly evaluationCount?: {
    readonly flagKey: string;
    readonly variant?: string;
    readonly reason: string;
    readonly count: number;
  };
  readonly metric?: {
    readonly name: string;
    readonly value?: number;
    readonly units: object;
    readonly attributes?: object;
  };
}

interface RecordedBatch {
  readonly instanceId: string;
  readonly sequence: number;
  readonly events: readonly RecordedEvent[];
}

const isRecord = ({ url, method }: Exchange): boolean =>
  method === 'POST' && (url === '/v1/beacon' || url === '/flags.v1.EventService/Record');

/** What the core took in: batches it answered, those it knew already left out. */
const accepted = (): RecordedEvent[] =>
  fixture.proxy.exchanges
    .filter(
      (exchange) =>
        isRecord(exchange) && exchange.status === 200 && !exchange.responseBody.includes('"duplicate":true'),
    )
    .flatMap(({ url, requestBody }) => {
      const body = JSON.parse(requestBody) as RecordedBatch & { request: RecordedBatch };
      return (url === '/v1/beacon' ? body.request : body).events;
    });

const refused = (): readonly Exchange[] =>
  fixture.proxy.exchanges.filter((exchange) => isRecord(exchange) && exchange.status >= 400);

describe('events of browsers', () => {
  it('records each exposure once, counts every evaluation, and takes what is tracked', async () => {
    const { page } = await prepare();
    await page.evaluate(() => {
      const flag = window.client.string('split', '');
      for (let i = 0; i < 10; i++) flag.get();
      flag.get({ kind: 'multi', user: { targetingKey: 'u-2' }, device: { targetingKey: 7 } });
      flag.get({ targetingKey: 'tester' });
      window.client.track('purchase', { value: 12.5, attributes: { currency: 'EUR' } });
      return window.client.flush();
    });
    expect(refused()).toEqual([]);
    const events = accepted();
    expect(events.flatMap(({ exposure }) => exposure ?? [])).toMatchObject([
      { flagKey: 'split', units: { user: 'u-1' } },
      { flagKey: 'split', units: { user: 'u-2', device: '7' } },
    ]);
    const counts = events.flatMap(({ evaluationCount }) =>
      evaluationCount?.flagKey === 'split' ? evaluationCount : [],
    );
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(12);
    expect(counts.filter(({ reason }) => reason === 'TARGETING_MATCH')).toMatchObject([
      { variant: 'a', count: 1 },
    ]);
    expect(events.flatMap(({ metric }) => metric ?? [])).toMatchObject([
      { name: 'purchase', value: 12.5, units: { user: 'u-1' }, attributes: { currency: 'EUR' } },
    ]);
  });

  it('hands over at the end of the page what is waiting, exactly once', async () => {
    const { page } = await prepare();
    await page.evaluate(() => {
      window.client.string('split', '').get();
      window.client.track('leave');
    });
    await page.goto('about:blank');
    await waitUntil('the events arrive', () => accepted().some(({ metric }) => metric?.name === 'leave'));
    expect(refused()).toEqual([]);
    expect(accepted().filter(({ metric }) => metric?.name === 'leave')).toHaveLength(1);
    expect(accepted().filter(({ exposure }) => exposure)).toHaveLength(1);
  });

  it('counts once what it sent when it was hidden and repeats when it is shown again', async () => {
    const { page } = await prepare();
    await page.evaluate(() => {
      window.client.track('hidden');
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await waitUntil('the events arrive', () => accepted().some(({ metric }) => metric?.name === 'hidden'));
    await page.evaluate(() => {
      window.client.track('shown');
      return window.client.flush();
    });
    const names = accepted().flatMap(({ metric }) => metric?.name ?? []);
    expect(names).toEqual(['hidden', 'shown']);
    const answers = fixture.proxy.exchanges.filter(isRecord).map(({ responseBody }) => responseBody);
    expect(answers.filter((answer) => answer.includes('"duplicate":true')).length).toBeGreaterThan(0);
  });

  it('keeps the batch while the core is away and delivers it later', async () => {
    const { page } = await prepare();
    await fixture.proxy.down();
    await page.evaluate(() => {
      window.client.track('patient');
      return window.client.flush();
    });
    await fixture.proxy.up();
    await page.evaluate(() => window.client.flush());
    expect(accepted().filter(({ metric }) => metric?.name === 'patient')).toHaveLength(1);
  });

  it('keeps every batch while the tab is switched during an outage', async () => {
    const { page } = await prepare();
    await fixture.proxy.down();
    const names = await page.evaluate(() => {
      const pad = 'x'.repeat(3_000);
      const tracked = Array.from({ length: 30 }, (_, index) => `outage-${index}`);
      for (const name of tracked) window.client.track(name, { attributes: { pad } });
      for (const value of ['hidden', 'visible', 'hidden', 'visible']) {
        Object.defineProperty(document, 'visibilityState', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }
      return tracked;
    });
    await fixture.proxy.up();
    await page.evaluate(async () => {
      // The first joins a flush that began when the tab came back, and that the outage may have failed.
      await window.client.flush();
      await window.client.flush();
    });
    expect(
      accepted()
        .flatMap(({ metric }) => metric?.name ?? [])
        .toSorted(),
    ).toEqual(names.toSorted());
    expect(refused()).toEqual([]);
  });

  it('waits as long as it is told to for the first state', async () => {
    const { proxy, pages, browser } = fixture;
    const options = { url: proxy.url, key: 'flags_c_none_none', storage: 'none' as const };
    await proxy.down();
    const page = await openClient(await browser.newContext(), pages.origin, options);
    const first = await page.evaluate(() =>
      Promise.race([
        window.client.ready({ timeoutMs: Infinity }),
        window.client.ready({ timeoutMs: 50 }).then(() => 'the shorter wait'),
      ]),
    );
    await proxy.up();
    expect(first).toBe('the shorter wait');
  });

  it('loses a bad event alone', async () => {
    const { page } = await prepare();
    await page.evaluate(() => {
      for (let i = 0; i < 20; i++) window.client.track(i === 13 ? '' : `good-${i}`);
      return window.client.flush();
    });
    expect(refused().length).toBeGreaterThan(0);
    expect(accepted().flatMap(({ metric }) => metric?.name ?? [])).toHaveLength(19);
  });

  it('records no exposures when told not to, and counts as before', async () => {
    const { page } = await prepare({ exposures: false });
    await page.evaluate(() => {
      window.client.string('split', '').get();
      return window.client.flush();
    });
    expect(accepted().filter(({ exposure }) => exposure)).toEqual([]);
    expect(accepted().flatMap(({ evaluationCount }) => evaluationCount?.reason ?? [])).toContain('SPLIT');
  });

  it('leaves overrides and units without a key out of experiments', async () => {
    const { page } = await prepare();
    await page.evaluate(() => {
      const flag = window.client.string('split', '');
      flag.get({ country: 'DE' });
      window.client.override('split', 'mine');
      window.heard.push(flag.get(), window.client.flagKeys());
      window.client.clearOverride();
      return window.client.flush();
    });
    expect(await page.evaluate(() => window.heard)).toEqual(['mine', ['split']]);
    expect(refused()).toEqual([]);
    expect(accepted().filter(({ exposure }) => exposure)).toEqual([]);
  });

  it('never throws, whatever it is given', async () => {
    const { page } = await prepare();
    const thrown = await page.evaluate(async () => {
      const errors: string[] = [];
      window.addEventListener('error', ({ message }) => errors.push(message));
      window.addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)));
      const cyclic: Record<string, unknown> = { targetingKey: 'c' };
      cyclic['self'] = cyclic;
      const hostile = [
        null,
        7,
        'text',
        [],
        cyclic,
        { targetingKey: 10n },
        new Proxy(
          {},
          {
            get: () => {
              throw new Error('get');
            },
            ownKeys: () => {
              throw new Error('keys');
            },
          },
        ),
      ];
      for (const context of hostile as never[]) {
        window.client.setContext(context);
        window.client.string('split', 'x').get();
        window.client.string('split', 'x').details(context);
        window.client.track('x', { attributes: cyclic as never });
      }
      await window.client.flush();
      window.client.track(undefined as never, null as never);
      await window.client.flush();
      return errors;
    });
    expect(thrown).toEqual([]);
  });
});
