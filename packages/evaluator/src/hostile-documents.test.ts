import { describe, expect, it } from 'vitest';
import { checkDocument, createEvaluator } from './index.ts';
import type { EvaluatedDocument } from './types.ts';
import { flag, inSegment, off, ruleWhen, segment } from './testing/documents.ts';

const user = { targetingKey: 'u-1' };
const junk: readonly unknown[] = [
  undefined,
  null,
  0,
  '',
  'flag',
  [],
  {},
  [[]],
  Number.NaN,
  () => 1,
  new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
    },
  ),
  Object.defineProperty({}, 'type', {
    get() {
      throw new Error('no');
    },
  }),
];

describe('documents that are none', () => {
  it('are reported and disable themselves only', () => {
    for (const document of junk) {
      const evaluator = createEvaluator();
      const documents = ['flag', 'segment', 'overlay'].map((kind) => ({
        kind,
        key: 'bad',
        revision: 1,
        document,
      }));
      const problems = evaluator.load([...documents, flag('good')], 1);
      expect(problems.map(({ key }) => key)).not.toContain('good');
      expect(problems.length).toBeGreaterThanOrEqual(2);
      expect(evaluator.evaluate('bad', user).errorCode).toBe('PARSE_ERROR');
      expect(evaluator.evaluate('good', user).value).toBe(true);
      for (const kind of ['flag', 'segment', 'overlay'])
        expect(checkDocument(kind, 'bad', document)).not.toEqual([]);
    }
  });

  it('without kind, key or revision are reported or skipped', () => {
    const evaluator = createEvaluator();
    const broken = [
      null,
      5,
      {},
      { kind: 'flag' },
      { kind: 'flag', key: 7 },
      { key: 'x' },
      { kind: 'flag', key: 'f', document: flag('f').document },
    ];
    expect(evaluator.load(broken as never, 1).length).toBeGreaterThan(0);
    expect(evaluator.evaluate('f', user)).toMatchObject({ value: true, revision: 0 });
  });

  it('leave Object.prototype as it was', () => {
    const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
    const polluting = JSON.parse(
      '{"type":"boolean","enabled":true,"variants":{"__proto__":true,"on":true},"__proto__":{"polluted":true},"default":{"variant":"__proto__"}}',
    ) as unknown;
    const evaluator = createEvaluator();
    expect(evaluator.load([{ kind: 'flag', key: '__proto__', revision: 1, document: polluting }], 1)).toEqual(
      [],
    );
    expect(evaluator.evaluate('__proto__', user)).toMatchObject({ value: true, variant: '__proto__' });
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('documents that would take for ever', () => {
  const ladder = (count: number, when: (below: string) => object): EvaluatedDocument[] =>
    Array.from({ length: count }, (_, index) =>
      segment(`s${index}`, (index === 0 ? { op: 'exists', attribute: 'a' } : when(`s${index - 1}`)) as never),
    );

  it('by nesting that multiplies are disabled', () => {
    const twice = (below: string) => ({ op: 'or', of: Array.from({ length: 20 }, () => inSegment(below)) });
    const evaluator = createEvaluator();
    const problems = evaluator.load(
      [...ladder(20, twice), flag('f', { rules: [ruleWhen(inSegment('s19'))] })],
      1,
    );
    expect(problems.map(({ rule }) => rule)).toContain('too_many_tests');
    expect(evaluator.evaluate('f', user).errorCode).toBe('PARSE_ERROR');
  });

  it('by prerequisites that multiply are disabled', () => {
    const flags = Array.from({ length: 20 }, (_, index) => {
      const below = Array.from({ length: 30 }, () => ({ flag: `f${index - 1}`, variants: ['on'] }));
      return flag(
        `f${index}`,
        index === 0 ? { rules: [ruleWhen({ op: 'exists', attribute: 'a' })] } : { prerequisites: below },
      );
    });
    const evaluator = createEvaluator();
    expect(evaluator.load(flags, 1).map(({ rule }) => rule)).toContain('too_many_tests');
    expect(evaluator.evaluate('f19', user).reason).toMatch(/ERROR|DEFAULT/);
  });

  it('by chains longer than any stack are disabled', () => {
    const evaluator = createEvaluator();
    const chain = Array.from({ length: 50_000 }, (_, index) =>
      flag(`f${index}`, { prerequisites: [{ flag: `f${index + 1}`, variants: ['on'] }] }),
    );
    const problems = evaluator.load([...chain, ...ladder(50_000, inSegment)], 1);
    expect(problems.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['prerequisite_depth', 'unknown_segment']),
    );
    expect(evaluator.evaluate('f0', user).reason).toMatch(/ERROR|DEFAULT/);
  });

  it('by a cycle of thousands are disabled', () => {
    const length = 20_000;
    const cycle = Array.from({ length }, (_, index) =>
      flag(`f${index}`, { prerequisites: [{ flag: `f${(index + 1) % length}`, variants: ['on'] }] }),
    );
    const evaluator = createEvaluator();
    expect(evaluator.load(cycle, 1)).toHaveLength(length);
    expect(evaluator.evaluate('f7', user).errorCode).toBe('PARSE_ERROR');
  });

  it('by expressions of any depth are refused', () => {
    let deep: unknown = { op: 'exists', attribute: 'a' };
    for (let depth = 0; depth < 10_000; depth++) deep = { op: 'not', of: deep };
    const self: { op: string; of: unknown[] } = { op: 'and', of: [] };
    self.of.push(self, self, self);
    for (const when of [deep, self]) {
      const problems = checkDocument('segment', 's', { when });
      expect(problems[0]?.rule).toBe('expression_depth');
      const evaluator = createEvaluator();
      expect(
        evaluator.load([segment('s', when as never), flag('f', { rules: [ruleWhen(inSegment('s'))] })], 1),
      ).not.toEqual([]);
      expect(evaluator.evaluate('f', user).errorCode).toBe('PARSE_ERROR');
    }
  });

  it('by more expressions than a document may hold are refused', () => {
    const when = { op: 'or', of: Array.from({ length: 3_000 }, () => ({ op: 'exists', attribute: 'a' })) };
    expect(checkDocument('segment', 's', { when }).map(({ rule }) => rule)).toContain('expression_nodes');
  });

  it('by thousands of steps that each do not decide are answered', () => {
    const targets = Array.from({ length: 5_000 }, (_, index) => ({
      variant: 'on',
      keys: ['x'],
      kind: `k${index % 2}`,
    }));
    const rules = Array.from({ length: 5_000 }, (_, index) =>
      ruleWhen({ op: 'or', of: [] }, undefined, `r${index}`),
    );
    const evaluator = createEvaluator();
    const few = rules.slice(0, 1_500);
    expect(evaluator.load([flag('f', { targets, rules: few, default: off })], 1)).toEqual([]);
    expect(evaluator.evaluate('f', user).rule).toBe('default');
  });
});
