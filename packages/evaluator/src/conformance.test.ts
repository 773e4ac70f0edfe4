import { describe, expect, it } from 'vitest';
import { createEvaluator as createCompactEvaluator } from './compact/index.ts';
import { bucketOf, checkDocument, createEvaluator, murmur3, type Evaluator } from './index.ts';
import {
  answerOf,
  bucketing,
  cases,
  defaultOf,
  expressions,
  handleOf,
  operatorCases,
  typeOf,
  type EvaluationCase,
  type ExpressionCases,
} from './testing/conformance.ts';

const withDefault = ({ expected, ...rest }: EvaluationCase): object =>
  'value' in expected ? expected : { value: defaultOf(typeOf({ expected, ...rest })), ...expected };

const documentOf = ({ when }: Pick<ExpressionCases, 'when'>): object => ({
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  rules: [{ id: 'r', when, serve: { variant: 'on' } }],
  default: { variant: 'off' },
});

describe('the golden bucketing rows', () => {
  it('are at least ten thousand', () => {
    expect(bucketing.rows.length).toBeGreaterThanOrEqual(10_000);
  });

  it('have the hash and the bucket of the package', () => {
    const wrong = bucketing.rows.filter(([salt, unit, hash, total, bucket]) => {
      return murmur3(salt + unit) !== hash || bucketOf(hash, total) !== bucket;
    });
    expect(wrong).toEqual([]);
  });

  it('are assigned by splits, the salt hashed ahead and the buckets as cuts of the hash space', () => {
    const wrong = bucketing.rows.filter(([salt, unit, , total, bucket]) => {
      if (unit === '' || total < 2) return false;
      const evaluator = createEvaluator();
      const weights = [
        { variant: 'below', weight: bucket },
        { variant: 'at', weight: 1 },
        { variant: 'above', weight: total - bucket - 1 },
      ];
      const variants = { below: 'below', at: 'at', above: 'above' };
      const document = { type: 'string', enabled: true, variants, default: { split: { weights, salt } } };
      evaluator.load([{ kind: 'flag', key: 'f', revision: 1, document }], 1);
      return evaluator.string('f', '').get({ targetingKey: unit }) !== 'at';
    });
    expect(wrong).toEqual([]);
  });
});

describe('the golden evaluations', () => {
  it('are at least a hundred and fifty', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
  });

  it.each(cases)('$name', (golden) => {
    const evaluator = createEvaluator();
    evaluator.load(golden.documents, 100);
    const type = typeOf(golden);
    const handle = handleOf(evaluator, golden.flag, type);
    const expected = withDefault(golden);
    expect(answerOf(handle.details(golden.context))).toEqual(expected);
    expect(handle.get(golden.context)).toEqual((expected as { value: unknown }).value);
    if (golden.type === undefined) {
      expect(answerOf(evaluator.evaluate(golden.flag, golden.context))).toEqual(golden.expected);
    }
  });

  it.each(cases)('by deltas, documents in reverse order, to a handle made before: $name', (golden) => {
    const evaluator = createEvaluator();
    const handle = handleOf(evaluator, golden.flag, typeOf(golden));
    evaluator.load([], 0);
    [...golden.documents].reverse().forEach((document, index) => {
      evaluator.apply({ upserts: [document], deletes: [], revision: index + 1 });
    });
    expect(answerOf(handle.details(golden.context))).toEqual(withDefault(golden));
  });

  // The compact evaluator takes what a core has accepted; what is refused there it need not disable alike.
  it.each(cases.filter(({ documents }) => createEvaluator().load(documents, 1).length === 0))(
    'by the compact evaluator: $name',
    (golden) => {
      const evaluator: Evaluator = createCompactEvaluator({ digest: () => 'matches nothing' });
      evaluator.load(golden.documents, 100);
      const details = handleOf(evaluator, golden.flag, typeOf(golden)).details(golden.context);
      const rule = details.rule === '' ? undefined : details.rule;
      expect(answerOf({ ...details, rule })).toEqual(withDefault(golden));
    },
  );
});

describe('the golden expressions', () => {
  it.each(expressions)('$name', ({ when, checks }) => {
    const document = documentOf({ when });
    expect(checkDocument('flag', 'f', document)).toEqual([]);
    for (const create of [createEvaluator, createCompactEvaluator]) {
      const evaluator = create();
      evaluator.load([{ kind: 'flag', key: 'f', revision: 1, document }], 1);
      const handle = evaluator.boolean('f', false);
      const found = checks.map(({ context }) => ({ context, matches: handle.get(context) }));
      expect(found).toEqual(checks);
    }
  });
});

const operators = [...operatorCases.expressions, ...operatorCases.clock, ...operatorCases.loneSurrogates];

describe('the golden operators', () => {
  it('are at least two thousand checks', () => {
    const checks = operators.flatMap((group) => group.checks);
    expect(checks.length).toBeGreaterThanOrEqual(2_000);
  });

  it.each([
    ['the evaluator', createEvaluator],
    ['the compact evaluator', createCompactEvaluator],
  ])('are found alike by %s', (_name, create) => {
    const wrong = operators.flatMap(({ name, when, checks }) => {
      const evaluator = create({ now: () => operatorCases.now });
      const document = documentOf({ when });
      const problems = evaluator.load([{ kind: 'flag', key: 'f', revision: 1, document }], 1);
      const handle = evaluator.boolean('f', false);
      const differing = checks.filter(({ context, matches }) => handle.get(context) !== matches);
      const errors = checks.flatMap(({ context }) => handle.details(context).errorCode ?? []);
      return [...problems, ...differing, ...errors].map((what) => ({ name, when, what }));
    });
    expect(wrong).toEqual([]);
  });

  it('are never static, whatever the time', () => {
    for (const { when, checks } of operatorCases.clock) {
      const evaluator = createEvaluator({ now: () => operatorCases.now });
      evaluator.load([{ kind: 'flag', key: 'f', revision: 1, document: documentOf({ when }) }], 1);
      for (const { context } of checks) {
        expect(evaluator.evaluate('f', context).reason).toMatch(/^(DEFAULT|TARGETING_MATCH)$/);
      }
    }
  });

  it.each(operatorCases.refused)('$name: $when.op is refused at its path', ({ when, path, rule }) => {
    const problems = checkDocument('flag', 'f', documentOf({ when }));
    expect(problems.map((problem) => ({ path: problem.path, rule: problem.rule }))).toContainEqual({
      path: `rules[0].when.${path}`,
      rule,
    });
    for (const problem of problems) expect(problem.message).not.toBe(problem.rule);
  });

  it.each(operatorCases.refused)('$name: smuggled in, $when.op disables its flag only', ({ when, rule }) => {
    const evaluator = createEvaluator();
    const other = { ...documentOf({ when: { op: 'and', of: [] } }) };
    const documents = Object.entries({ bad: documentOf({ when }), good: other });
    const problems = evaluator.load(
      documents.map(([key, document]) => ({ kind: 'flag', key, revision: 1, document })),
      1,
    );
    expect(problems.map((problem) => [problem.key, problem.rule])).toContainEqual(['bad', rule]);
    expect(new Set(problems.map(({ key }) => key))).toEqual(new Set(['bad']));
    expect(evaluator.evaluate('bad', {}).errorCode).toBe('PARSE_ERROR');
    expect(evaluator.evaluate('good', {}).value).toBe(true);
  });
});
