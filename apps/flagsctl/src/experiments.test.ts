// Experiments on the command line against a real core: their documents, the steps of their lives, and files. What analytics
// answers is tested with a running analytics process (test/admin).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes, type ExitName } from './exit-codes.ts';
import { funnelLines, resultLines, segmentLines, seriesLines } from './output/results.ts';
import { startCore } from './testing/start-core.ts';

let core: Awaited<ReturnType<typeof startCore>>;
beforeAll(async () => {
  core = await startCore();
  await done('flag set checkout --type string --variant old=form --variant new=wizard --default old');
  await done('metric set buys -f -', 'type: conversion\nselection: {event: purchase}\ndirection: increase\n');
  await done('metric set errors -f -', 'type: count\nselection: {event: error}\ndirection: decrease\n');
});
afterAll(() => core.close());

const done = async (line: string, stdin?: string): Promise<string> => {
  const { code, out, err } = await core.flagsctl(line.split(' '), stdin);
  expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' });
  return out;
};
const refused = async (line: string, exit: ExitName, stdin?: string): Promise<string> => {
  const { code, err } = await core.flagsctl(line.split(' '), stdin);
  expect({ line, code, err }).toEqual({ line, code: exitCodes[exit].code, err: expect.any(String) });
  return err;
};
const create = 'experiment create wizard --flag checkout --variants old=1,new=1 --goal buys';

describe('an experiment', () => {
  it('goes from a draft to its decision', async () => {
    await done('holdout create global --percent 5 -m hold');
    await done(`${create} --guardrail errors=0.01 --percent 20 --holdout global --segment country`);
    expect(await done('experiment list')).toMatch(/wizard +checkout +draft +20 % +buys +sequential/);
    await done('holdout create shop --percent 2.5 --layer shop --unit account');
    await done('holdout create all --percent 1 --everywhere');
    const listed = await done('holdout list');
    expect(listed).toMatch(/global +5 % +experiment's +where named/);
    expect(listed).toMatch(/shop +2.5 % +account +layer shop/);
    expect(listed).toMatch(/all +1 % +experiment's +everything/);
    expect(await done('metric list')).toMatch(/errors +count +error +less/);
    expect(await done('experiment status wizard')).toMatch(/^wizard on checkout: draft, 20 % of the units/);
    await done('experiment start wizard -m go');
    expect(await done('experiment get wizard')).toMatch(/life:[^]* holdouts:\n +- global\n +- all\n/);
    await done('experiment ramp wizard 50');
    expect(await refused('experiment ramp wizard 10', 'invalid')).toMatch(/allocation: .*\(min_value\)/);
    expect(await refused('experiment start wizard', 'failure')).toContain('WRONG_STATE');
    await done('experiment stop wizard -m enough');
    await done('experiment decide wizard ship new');
    expect(await done('experiment get wizard')).toMatch(/state: decided/);
    expect(await done('flag get checkout')).toMatch(/default:\n +variant: new/);
  });

  it('is refused with field and rule', async () => {
    expect(await refused(create.replace('buys', 'sales').replace('wizard', 'a'), 'invalid')).toMatch(
      /experiment "a" metrics\[0\]\.key: .*\(unknown_metric\)/,
    );
    expect(await refused(create, 'conflict')).toContain('exists');
    for (const line of [
      create.replace('old=1,new=1', 'old=-1,new=1'),
      `${create} --percent 101`,
      `${create} --looks 5`,
      'experiment ramp wizard 0.0001',
      'experiment decide wizard ship',
      'experiment decide wizard win',
      'holdout create h --percent all',
      'holdout create h --percent 1 --everywhere --layer shop',
      'results wizard --by day',
      'results wizard --metric buys',
      'funnel',
      'sample-size --rate x',
    ])
      await refused(line, 'usage');
    await refused('experiment start nowhere', 'notFound');
    expect(await refused('results wizard', 'unavailable')).toContain('ANALYTICS_UNAVAILABLE');
  });

  it('goes to a file without its life, and is not removed with what the file lacks', async () => {
    await done(create.replace('wizard', 'again'));
    await done('experiment start again');
    const file = await done('env export');
    expect(file).not.toMatch(/life|experiment:again/);
    expect(file).toMatch(/metrics:\n {2}buys:[^]*holdouts:\n[^]* {2}global:[^]*experiments:\n {2}again:/);
    expect(await done('env import -f - --prune', file)).toContain('nothing differs');
    await done('env create shop/copy');
    await done('env import -e shop/copy -f -', file);
    expect(await done('experiment list -e shop/copy')).toMatch(/again +checkout +draft/);
    await done('experiment stop again');
  });
});

describe('what is printed of results', () => {
  const comparison = {
    method: 'asymptotic_cs',
    difference: 0.01,
    differenceInterval: { lower: 0, upper: 0.02 },
    uplift: 0.1,
    upliftInterval: { lower: undefined, upper: 0.2 },
    pValue: 0.01,
    logPValue: undefined,
    adjustedPValue: 0.02,
    significant: true,
    chanceToWin: undefined,
    expectedLoss: undefined,
    guardrail: '',
    varianceReduction: undefined,
    minimumDetectableEffect: undefined,
    notEnough: '',
  };
  const numbers = { unitsWithEvents: 1, mean: 0.1, standardDeviation: 0.3, meanInterval: undefined };
  const control = { variant: 'old', units: 10, ...numbers, comparison: undefined };
  const treatment = { variant: 'new', units: 10, ...numbers, comparison };

  it('has a line for each variant, and no escape of a terminal', () => {
    const lines = resultLines({
      experiment: 'wizard',
      flagKey: 'checkout',
      state: 'running',
      control: 'old',
      computedAt: '',
      dataUntil: '2026-11-20T00:00:00Z',
      units: [{ variant: 'old', units: 10, expectedShare: 0.5, share: 0.5 }],
      sampleRatio: {
        pValue: 1,
        mismatch: false,
        crossedUnits: 0,
        excludedUnits: 2,
        excludedByReason: { targeted: 2 },
      },
      metrics: [{ metric: 'buys', role: 'goal', direction: 'increase', variants: [control, treatment] }],
      recommendation: { action: 'ship', variant: 'new', reasons: ['It \u001b[31mgains.'] },
      warnings: ['late'],
    }).join('\n');
    expect(lines).toMatch(/buys +goal +new +10 +0\.1 +10 % +-∞ … 20 % +0\.02 +significant/);
    expect(lines).toContain('recommended: ship "new"');
    expect(lines).toContain('It \\u001b[31mgains.');
    expect(lines).toContain('warning: late');
  });

  it('says what is missing, and shows segments, times and steps', () => {
    const lacking = { ...treatment, comparison: { ...comparison, notEnough: 'too few events' } };
    expect(
      segmentLines({ segments: [{ value: '', variants: [lacking] }], heterogeneityPValue: 0.4 }),
    ).toEqual([
      expect.stringContaining('SEGMENT'),
      expect.stringMatching(/\(none\) +new .*too few events/),
      'effects differ between segments: p 0.4',
    ]);
    const anomaly = { time: 't2', variant: 'new', value: 9, expected: 1, score: 8 };
    const series = seriesLines({
      points: [{ time: 't1', cumulative: [control], inside: [treatment] }],
      anomalies: [anomaly],
    });
    expect(series.join('\n')).toMatch(/t1 +all so far +old[^]*t1 +new units +new[^]*out of line: t2 new: 9/);
    const step = { event: 'pay', units: 3, conversion: 0.5, conversionInterval: undefined, medianMs: 1_500 };
    expect(funnelLines([{ variant: '', steps: [step] }])[1]).toMatch(/\(all\) +pay +3 +50 % +1\.5 s/);
  });
});
