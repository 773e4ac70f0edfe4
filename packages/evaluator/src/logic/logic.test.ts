// Logic in flags and segments, and its bounds. test/interop compares what operators mean with flagd's own evaluator.
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../check-document.ts';
import { checkReferences } from '../check-references.ts';
import { createEvaluator } from '../evaluator.ts';
import { limits } from '../limits.ts';
import { referencesOf } from '../references.ts';
import { jsonLogic, logicLimits } from './index.ts';

const flagOf = (logic: unknown, more: object = {}) => ({
  type: 'string',
  enabled: true,
  variants: { a: 'A', b: 'B', none: 'N' },
  default: { variant: 'none' },
  rules: [{ id: 'r', when: { op: 'and', of: [] }, serve: { logic } }],
  ...more,
});
type Documents = Readonly<Record<string, unknown>>;
const load = (flag: unknown, segments: Documents = {}, options: object = {}) => {
  const evaluator = createEvaluator({ logic: jsonLogic, ...options });
  const problems = evaluator.load(
    [
      { kind: 'flag', key: 'f', revision: 1, document: flag },
      ...Object.entries(segments).map(([key, document]) => ({ kind: 'segment', key, revision: 1, document })),
    ],
    1,
  );
  return { evaluator, problems, ask: (context: object) => evaluator.evaluate('f', context as never) };
};
const ask = (logic: unknown, context: object = {}) => load(flagOf(logic)).ask(context);
const x = { var: 'x' };

describe('a rule that serves logic', () => {
  it('serves the variant that it names', () => {
    const logic = { if: [{ '>': [x, 3] }, 'a', 'b'] };
    expect(ask(logic, { x: '4' })).toMatchObject({ variant: 'a', reason: 'TARGETING_MATCH', rule: 'rule:r' });
    expect(ask(logic, { x: 2 })).toMatchObject({ variant: 'b', value: 'B' });
  });

  it('leaves the context to the next rule when it names none', () => {
    const next = { id: 'next', when: { op: 'exists', attribute: 'y' }, serve: { variant: 'b' } };
    const { rules } = flagOf({ if: [x, 'a'] });
    const { ask: askBoth } = load(flagOf(null, { rules: [...rules, next] }));
    expect(askBoth({ x: 1 })).toMatchObject({ variant: 'a' });
    expect(askBoth({ y: 1 })).toMatchObject({ variant: 'b', rule: 'rule:next' });
    expect(askBoth({})).toMatchObject({ variant: 'none', reason: 'DEFAULT' });
  });

  it.each([
    ['a name that no variant has', 'c', 'GENERAL'],
    ['an operand of a wrong type', { '+': [true] }, 'PARSE_ERROR'],
    ['an operator that flagd lacks', { log: 'a' }, 'PARSE_ERROR'],
  ])('answers an error for %s', (_what, logic, errorCode) => {
    expect(ask(logic)).toMatchObject({ reason: 'ERROR', errorCode, value: undefined });
  });

  it('reads the time of the clock, and none without a clock', () => {
    const logic = { if: [{ '===': [{ var: '$flagd.timestamp' }, 1_700_000_000] }, 'a', 'b'] };
    expect(load(flagOf(logic), {}, { now: () => 1_700_000_000_999 }).ask({}).variant).toBe('a');
    expect(ask(logic).variant).toBe('b');
  });

  it('fulfils prerequisites', () => {
    const evaluator = createEvaluator({ logic: jsonLogic });
    const needing = { ...flagOf('b'), prerequisites: [{ flag: 'f', variants: ['a'] }] };
    const documents = { f: flagOf({ if: [x, 'a', 'c'] }), g: needing };
    evaluator.load(
      Object.entries(documents).map(([key, document]) => ({ kind: 'flag', key, revision: 1, document })),
      1,
    );
    expect(evaluator.evaluate('g', { x: 1 }).variant).toBe('b');
    expect(evaluator.evaluate('g', {}).rule).toBe('prerequisite:f');
  });
});

describe('references to segments', () => {
  const native = { when: { op: 'equals', attribute: 'x', value: 1 } };
  const logical = { when: { op: 'logic', logic: { '%': [x, 2] } } };

  it('stand for the logic of the segment, or for its truth', () => {
    const { ask: asked, problems } = load(
      flagOf({ if: [{ $ref: 'native' }, 'a', { '===': [{ $ref: 'odd' }, 1] }, 'b'] }),
      { native, odd: logical },
    );
    expect(problems).toEqual([]);
    expect(asked({ x: 1 }).variant).toBe('a');
    expect(asked({ x: 3 }).variant).toBe('b');
    expect(asked({ x: 2 }).variant).toBe('none');
  });

  it('are told, and followed when the segment changes', () => {
    const flag = flagOf({ if: [{ $ref: 'odd' }, 'a'] });
    expect(referencesOf('flag', flag)).toEqual([{ kind: 'segment', key: 'odd' }]);
    const { ask: asked, evaluator } = load(flag, { odd: logical });
    expect(asked({ x: 2 }).variant).toBe('none');
    evaluator.apply({
      upserts: [{ kind: 'segment', key: 'odd', revision: 2, document: { when: { op: 'logic', logic: x } } }],
      deletes: [],
      revision: 2,
    });
    expect(asked({ x: 2 })).toMatchObject({ variant: 'a', revision: 2 });
  });

  it('to segments that are missing or in a circle disable the flag', () => {
    const { problems, ask: asked } = load(flagOf({ $ref: 'a' }), {
      a: { when: { op: 'logic', logic: { $ref: 'a' } } },
    });
    expect(problems.map(({ rule }) => rule)).toContain('segment_cycle');
    expect(asked({}).errorCode).toBe('PARSE_ERROR');
    expect(load(flagOf({ $ref: 'nope' })).problems[0]).toMatchObject({
      rule: 'unknown_segment',
      path: 'rules[0].serve.logic',
    });
  });

  it('let rules test logic', () => {
    const rules = [{ id: 'r', when: { op: 'segment', key: 'odd' }, serve: { variant: 'a' } }];
    const { ask: asked } = load(flagOf(null, { rules }), { odd: logical });
    expect(asked({ x: 3 }).variant).toBe('a');
    expect(asked({ x: true }).variant).toBe('none');
  });
});

describe('documents with logic', () => {
  it.each([
    ['unknown operators', { if: [{ nope: [1] }, 'a'] }, 'logic_operator', 'rules[0].serve.logic.if[0]'],
    ['values that are no JSON', { cat: [Number.NaN] }, 'logic_value', 'rules[0].serve.logic.cat[0]'],
  ])('are refused for %s', (_what, logic, rule, path) => {
    const [problem] = checkDocument('flag', 'f', flagOf(logic), { logic: jsonLogic });
    expect(problem).toMatchObject({ rule, path });
  });

  it('are refused when they nest too deep or hold too much', () => {
    let deep: unknown = 'a';
    for (let i = 0; i < limits.logicDepthMax; i++) deep = { '!!': [deep] };
    const large = { in: [x, Array.from({ length: limits.logicNodesMax }, (_, i) => i)] };
    expect(checkDocument('flag', 'f', flagOf(deep), { logic: jsonLogic })[0]?.rule).toBe('logic_depth');
    expect(checkDocument('flag', 'f', flagOf(large), { logic: jsonLogic })[0]?.rule).toBe('logic_nodes');
  });

  it('do not compile where logic is no part of the evaluator, and disable themselves only', () => {
    expect(
      createEvaluator().load([{ kind: 'flag', key: 'f', revision: 1, document: flagOf('a') }], 1),
    ).toEqual([expect.objectContaining({ rule: 'logic_unsupported' })]);
    expect(checkDocument('flag', 'f', flagOf('a'))[0]?.rule).toBe('logic_unsupported');
  });

  it('cannot be for browsers, unless these ask the server', () => {
    const check = (flag: unknown) =>
      checkReferences(
        { get: (_kind, key) => (key === 'f' ? flag : undefined), dependants: () => [] },
        [{ kind: 'flag', key: 'f' }],
        { logic: jsonLogic },
      ).map(({ rule }) => rule);
    expect(check(flagOf('a', { clientVisible: true }))).toEqual(['logic_browsers']);
    expect(check(flagOf('a', { clientVisible: true, remoteEvaluation: true }))).toEqual([]);
    expect(check(flagOf('a'))).toEqual([]);
  });

  it('serve logic in rules only', () => {
    const flag = flagOf('a', { default: { logic: 'a' } });
    expect(checkDocument('flag', 'f', flag, { logic: jsonLogic })[0]).toMatchObject({
      rule: 'logic_place',
      path: 'default.logic',
    });
  });
});

describe('hostile logic and contexts', () => {
  const numbers = Array.from({ length: 2_000 }, (_, i) => i);
  const doubling = {
    reduce: [{ var: 'list' }, { cat: [{ var: 'accumulator' }, { var: 'accumulator' }] }, 'ab'],
  };

  it.each([
    ['loops in loops', { map: [{ var: 'list' }, { map: [numbers, { '+': [{ var: '' }, 1] }] }] }],
    ['texts that double', doubling],
    ['a list of a million', { some: [{ var: 'huge' }, { '===': [{ var: '' }, -1] }] }],
  ])('end %s', (_what, logic) => {
    const context = { list: numbers, huge: new Array(1_000_000).fill(0) };
    const { errorCode, errorMessage } = ask(logic, context);
    expect(errorCode).toBe('GENERAL');
    expect(errorMessage).toContain(String(logicLimits.stepsMax));
  });

  it('end logic out of the context that nests without end', () => {
    let deep: unknown = 'a';
    for (let i = 0; i < 10_000; i++) deep = { '!': deep };
    expect(ask({ filter: [[1], x] }, { x: deep }).errorCode).toBe('GENERAL');
  });

  it('search long texts in linear time', () => {
    const logic = { if: [{ in: [{ var: 'part' }, { var: 'text' }] }, 'a', 'b'] };
    const part = `${'a'.repeat(300_000)}b`;
    expect(ask(logic, { part, text: 'a'.repeat(900_000) }).variant).toBe('b');
    expect(ask(logic, { part, text: `${'a'.repeat(600_000)}b` }).variant).toBe('a');
  });

  it('take names of prototypes for names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect(ask({ if: [{ var: name }, 'a', 'b'] }).variant).toBe('b');
    const own = JSON.parse('{"__proto__": {"x": 1}}') as object;
    expect(ask({ if: [{ var: '__proto__.x' }, 'a', 'b'] }, own).variant).toBe('a');
    expect(ask(JSON.parse('{"if": [{"__proto__": 1}, "a"]}')).errorCode).toBe('PARSE_ERROR');
  });

  it('take what JSON lacks for null', () => {
    const logic = { if: [{ '===': [x, null] }, 'a', 'b'] };
    for (const value of [undefined, () => 1, Symbol('s'), 1n, new Date(Number.NaN)])
      expect(ask(logic, { x: value }).variant).toBe('a');
    expect(ask({ if: [{ '===': [x, '1970-01-01T00:00:00.000Z'] }, 'a'] }, { x: new Date(0) }).variant).toBe(
      'a',
    );
  });

  it('answer GENERAL for a context that throws', () => {
    const context = {
      get x() {
        throw new Error('no');
      },
    };
    expect(ask({ if: [x, 'a'] }, context).errorCode).toBe('GENERAL');
  });
});
