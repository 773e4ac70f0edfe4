// Overlays whose exposures somebody analyses: what those carry, and who is told to be left out.
import { describe, expect, it } from 'vitest';
import { createEvaluator as createCompact } from './compact/index.ts';
import {
  checkDocument,
  createEvaluator,
  type EvaluatedDocument,
  type Evaluator,
  type EvaluatorOptions,
} from './index.ts';
import { flag } from './testing/documents.ts';

const evaluators: readonly (readonly [string, (options?: EvaluatorOptions) => Evaluator])[] = [
  ['compiled', createEvaluator],
  ['compact', createCompact],
];

describe.each(evaluators)('overlays whose exposures are analysed, %s', (_name, create) => {
  const analysed = (report?: unknown, key = 'experiment:x') => ({
    kind: 'overlay',
    key,
    revision: 1,
    document: {
      target: { kind: 'flag', key: 'f' },
      patch: { serve: { variant: 'on' } },
      ranges: [{ from: 0, to: 100_000 }],
      mode: 'live',
      ...(report === undefined ? {} : { report }),
    },
  });
  const targeted = flag('f', { targets: [{ variant: 'on', keys: ['u-1'] }] });
  const seenIn = (...documents: readonly EvaluatedDocument[]) => {
    const seen: unknown[] = [];
    const evaluator = create({
      onExposure: ({ rule, excluded }, context, hash) =>
        seen.push([rule, excluded, (context as { targetingKey: string }).targetingKey, hash]),
    });
    evaluator.load(documents, 1);
    return { seen, evaluator };
  };
  const one = { targetingKey: 'u-1' };
  const two = { targetingKey: 'u-2' };

  it('expose units that are targeted or overridden, as excluded, each by a hash of its own', () => {
    const { seen, evaluator } = seenIn(targeted, analysed([]));
    const handle = evaluator.boolean('f', false);
    handle.get(one);
    evaluator.setOverrides(new Map([['f', true]]));
    handle.get(one);
    handle.get(two);
    evaluator.evaluate('f', two);
    const [first, ...others] = seen as [unknown, unknown, unknown, number][];
    expect(first!.slice(0, 3)).toEqual(['target', true, 'u-1']);
    expect(others.map((each) => each.slice(0, 3))).toEqual([
      ['override', true, 'u-1'],
      ['override', true, 'u-2'],
      ['override', true, 'u-2'],
    ]);
    expect(others[0]![3]).toBe(first![3]);
    expect(others[1]![3]).not.toBe(first![3]);
  });

  it('expose nobody else: not without a report, nor after the overlay is gone', () => {
    const { seen, evaluator } = seenIn(targeted, analysed());
    evaluator.boolean('f', false).get(one);
    evaluator.apply({ upserts: [analysed(['a'])], deletes: [], revision: 2 });
    evaluator.setOverrides(new Map([['f', true]]));
    evaluator.apply({ upserts: [], deletes: [{ kind: 'overlay', key: 'experiment:x' }], revision: 3 });
    evaluator.boolean('f', false).get(one);
    expect(seen).toEqual([]);
  });

  it('say what exposures by them carry', () => {
    const evaluator = createEvaluator();
    evaluator.load([flag('f'), analysed(['country'])], 1);
    expect(evaluator.reportOf('overlay:experiment:x')).toEqual({
      attributes: ['country'],
      kind: undefined,
    });
    expect([evaluator.reportOf('default'), evaluator.reportOf('overlay:other')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(checkDocument('overlay', 'x', analysed([1]).document)).toMatchObject([{ rule: 'report' }]);
  });
});
