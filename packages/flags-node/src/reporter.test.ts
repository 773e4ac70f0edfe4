// Reports are coalesced, refusals are not swallowed, and nothing is sent for ever.
import { describe, expect, it } from 'vitest';
import type { SyncReport } from '@org/sync';
import { quickReportSpreadMs, reportSpreadMs } from './limits.ts';
import { createReporter } from './reporter.ts';
import { createVirtualPlatform } from './testing/virtual-platform.ts';

const report = (revision: number, status: SyncReport['status'] = 'APPLIED'): SyncReport => ({
  historyId: 'h',
  revision,
  hash: '',
  status,
  problems: [],
});

const start = () => {
  const platform = createVirtualPlatform();
  const sent: SyncReport[] = [];
  let failing = false;
  let attempts = 0;
  const reporter = createReporter((each) => {
    attempts += 1;
    if (failing) return Promise.reject(new Error('no'));
    sent.push(each);
    return Promise.resolve();
  }, platform);
  return { platform, sent, reporter, fail: (value: boolean) => (failing = value), attempts: () => attempts };
};

describe('reporter', () => {
  it('sends the latest of many', async () => {
    const { platform, sent, reporter } = start();
    for (const revision of [1, 2, 3]) reporter.report(report(revision));
    expect(sent).toEqual([]);
    await platform.pass(reportSpreadMs);
    expect(sent).toEqual([report(3)]);
  });

  it('introduces itself soon, then speaks rarely, however much is applied', async () => {
    const { platform, sent, reporter } = start();
    reporter.report(report(1));
    await platform.pass(quickReportSpreadMs);
    expect(sent).toEqual([report(1)]);
    for (let revision = 2; revision <= 100; revision += 1) {
      reporter.report(report(revision));
      await platform.pass(1_000);
    }
    expect(sent.length).toBeLessThanOrEqual(25);
    reporter.report(report(100));
    reporter.report(report(101, 'REFUSED'));
    await platform.pass(quickReportSpreadMs);
    expect(sent.at(-2)).toEqual(report(101, 'REFUSED'));
    await platform.pass(reportSpreadMs);
    expect(sent.at(-1)).toEqual(report(100));
  });

  it('sends a refusal even when the next revision was applied at once', async () => {
    const { platform, sent, reporter } = start();
    reporter.report(report(1, 'REFUSED'));
    reporter.report(report(2));
    await platform.pass(reportSpreadMs);
    expect(sent).toEqual([report(1, 'REFUSED'), report(2)]);
  });

  it('tries again while the core does not answer, but not for ever', async () => {
    const { platform, sent, reporter, fail, attempts } = start();
    fail(true);
    reporter.report(report(1));
    await platform.pass(60_000);
    expect(attempts()).toBe(3);
    fail(false);
    reporter.report(report(2));
    await platform.pass(60_000);
    expect(sent).toEqual([report(2)]);
  });

  it('says the last again to a core that has not heard it, once', async () => {
    const { platform, sent, reporter } = start();
    reporter.again();
    await platform.pass(60_000);
    expect(sent).toEqual([]);
    reporter.report(report(1));
    await platform.pass(60_000);
    reporter.again();
    reporter.again();
    await platform.pass(60_000);
    expect(sent).toEqual([report(1), report(1)]);
    reporter.again();
    reporter.report(report(2));
    await platform.pass(60_000);
    expect(sent.slice(2)).toEqual([report(2)]);
  });

  it('stops', async () => {
    const { platform, sent, reporter } = start();
    reporter.report(report(1));
    reporter.stop();
    await platform.pass(60_000);
    expect(sent).toEqual([]);
    expect(platform.waiting).toBe(0);
  });
});
