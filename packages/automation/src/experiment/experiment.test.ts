// Buckets: never shared inside a layer, never given back. Overlays: independent draws, holdouts outside.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BucketRange, Experiment, Holdout } from '@org/contract/model';
import {
  allocate,
  automaticDecision,
  bucketsIn,
  experimentOverlay,
  holdoutsInForce,
  unreportable,
} from '../index.ts';

const buckets = (ranges: readonly BucketRange[]): Set<number> =>
  new Set(ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)));

describe('allocate', () => {
  it('takes what is free, from the front', () => {
    expect(allocate(10, [], [])).toEqual([{ from: 0, to: 10 }]);
    expect(allocate(10, [], [{ from: 5, to: 99_990 }])).toEqual([
      { from: 0, to: 5 },
      { from: 99_990, to: 99_995 },
    ]);
  });

  it('says when there is not enough, and never shrinks', () => {
    expect(allocate(11, [], [{ from: 10, to: 100_000 }])).toBeUndefined();
    expect(allocate(5, [{ from: 0, to: 10 }], [])).toBeUndefined();
  });

  it('keeps every unit in and everybody else out, whatever is taken', () => {
    const size = fc.integer({ min: 0, max: 30_000 });
    fc.assert(
      fc.property(size, size, size, (first, second, growth) => {
        const one = allocate(first, [], [])!;
        const other = allocate(second, [], one)!;
        const grown = allocate(first + growth, one, other)!;
        expect(bucketsIn(grown)).toBe(first + growth);
        const [all, mine, theirs] = [buckets(grown), buckets(one), buckets(other)];
        expect([...mine].every((bucket) => all.has(bucket))).toBe(true);
        expect([...theirs].some((bucket) => all.has(bucket))).toBe(false);
      }),
      { numRuns: 30, seed: 7 },
    );
  });
});

const experiment: Experiment = {
  target: { kind: 'flag', key: 'checkout' },
  variants: [
    { variant: 'old', weight: 1 },
    { variant: 'new', weight: 1 },
  ],
  control: 'old',
  allocation: 20_000,
  metrics: [{ key: 'purchases', role: 'goal' }],
  plan: { method: 'sequential', alpha: 0.05 },
};

describe('experimentOverlay', () => {
  it('draws variants apart from who is in', () => {
    const overlay = experimentOverlay('test', experiment, [{ from: 0, to: 20_000 }], new Map());
    expect(overlay).toEqual({
      target: { kind: 'flag', key: 'checkout' },
      patch: { serve: { split: { weights: experiment.variants, salt: 'experiment:test:variant' } } },
      ranges: [{ from: 0, to: 20_000 }],
      mode: 'live',
      report: [],
      description: 'Experiment "test".',
    });
  });

  it('reports the attributes of segments and of the exclusion, each once', () => {
    const exclude = {
      op: 'or',
      of: [
        { op: 'equals', attribute: 'bot', value: true },
        { op: 'not', of: { op: 'exists', attribute: 'country' } },
      ],
    } as const;
    const report = (more: Partial<Experiment>) =>
      experimentOverlay('test', { ...experiment, ...more }, [], new Map()).report;
    expect(report({ segments: ['country', 'age'], exclude })).toEqual(['age', 'bot', 'country']);
    expect(unreportable(exclude)).toEqual([]);
    expect(
      unreportable({
        op: 'and',
        of: [
          { op: 'segment', key: 'staff' },
          { op: 'equals', attribute: ['a', 'b'], value: 1 },
          { op: 'not', of: { op: 'equals', attribute: 'a', kind: 'device', value: 1 } },
          { op: 'logic', logic: {} },
        ],
      }),
    ).toEqual(['exclude.of[0]', 'exclude.of[1]', 'exclude.of[2].of', 'exclude.of[3]']);
  });

  it('leaves holdouts and the ineligible out, and shares a layer', () => {
    const eligibility = { op: 'equals', attribute: 'country', value: 'de' };
    const overlay = experimentOverlay(
      'test',
      { ...experiment, eligibility, holdouts: ['global'], layer: 'checkout', unit: 'account' },
      [],
      new Map([['global', { allocation: 5_000, unit: 'user' }]]),
    );
    expect(overlay.layer).toBe('experiments:checkout');
    expect(overlay.kind).toBe('account');
    expect(overlay.eligibility).toEqual({
      op: 'and',
      of: [
        eligibility,
        {
          op: 'not',
          of: { op: 'percentage', attribute: 'targetingKey', kind: 'user', salt: 'holdout:global', value: 5 },
        },
      ],
    });
  });

  it('leaves out holdouts that cover it, as they stood at its start', () => {
    const holdouts = new Map<string, Holdout>([
      ['z-all', { allocation: 1, scope: { kind: 'environment' } }],
      ['named', { allocation: 1 }],
      ['other', { allocation: 1, scope: { kind: 'layer', layer: 'search' } }],
      ['a-layer', { allocation: 1, scope: { kind: 'layer', layer: 'checkout' } }],
      ['unnamed', { allocation: 1 }],
    ]);
    const draft = { ...experiment, holdouts: ['named'], layer: 'checkout' };
    expect(holdoutsInForce(draft, holdouts)).toEqual(['named', 'a-layer', 'z-all']);
    expect(holdoutsInForce(experiment, holdouts)).toEqual(['z-all']);
    expect(holdoutsInForce({ ...draft, holdouts: ['z-all'] }, holdouts)).toEqual(['z-all', 'a-layer']);
    const running = { ...draft, life: { state: 'running', holdouts: ['named', 'a-layer'] } } as const;
    const salts = JSON.stringify(experimentOverlay('test', running, [], holdouts).eligibility).match(
      /holdout:[\w-]+/g,
    );
    expect(salts).toEqual(['holdout:named', 'holdout:a-layer']);
  });
});

describe('automaticDecision', () => {
  const startedAt = '2026-06-15T12:00:00.000Z';
  const laterMs = Date.parse(startedAt) + 48 * 3_600_000;
  const running: Experiment = {
    ...experiment,
    decisionRule: 'automatic',
    minimumHours: 24,
    life: { state: 'running', startedAt },
  };
  const ship = { action: 'ship', variant: 'new', reasons: ['it is better'] };

  it('ships a treatment and rolls back, with the reasons', () => {
    expect(automaticDecision(running, ship, laterMs)).toEqual({
      outcome: 'ship',
      variant: 'new',
      reasons: ['it is better'],
    });
    expect(automaticDecision(running, { ...ship, action: 'roll_back' }, laterMs)?.outcome).toBe('roll_back');
  });

  it.each([
    ['people decide', { ...running, decisionRule: 'by_hand' as const }, ship, laterMs],
    ['it does not run', { ...running, life: { state: 'stopped' as const, startedAt } }, ship, laterMs],
    ['it is too early', running, ship, Date.parse(startedAt) + 3_600_000],
    ['data faults block it', running, { ...ship, action: 'blocked' }, laterMs],
    ['nothing is clear yet', running, { ...ship, action: 'keep_running' }, laterMs],
    ['control is recommended', running, { ...ship, variant: 'old' }, laterMs],
    ['the variant is none', running, { ...ship, variant: 'blue' }, laterMs],
  ])('decides nothing when %s', (_, subject, recommended, nowMs) => {
    expect(automaticDecision(subject, recommended, nowMs)).toBeUndefined();
  });
});
