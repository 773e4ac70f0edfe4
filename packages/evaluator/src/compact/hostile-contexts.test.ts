// The compact evaluator on contexts that throw, and on callers without types: as the full one.
import { describe, expect, it } from 'vitest';
import { createEvaluator as createFull } from '../index.ts';
import { equals, flag, off, ruleWhen } from '../testing/documents.ts';
import { createEvaluator as createCompact } from './index.ts';

const refuse = () => {
  throw new Error('no');
};
const throwing = Object.defineProperty({}, 'country', { get: refuse });
const contexts: readonly unknown[] = [
  throwing,
  { kind: 'multi', user: throwing },
  new Proxy({}, { get: refuse, has: refuse, getOwnPropertyDescriptor: refuse, ownKeys: refuse }),
];
const documents = [
  flag('f', { default: off, rules: [ruleWhen(equals('country', 'DE'))] }),
  flag('dependant', { prerequisites: [{ flag: 'f', variants: ['off'] }] }),
  flag('static'),
];

/** Values that throw when they are looked into, with a test that does. */
const traps: readonly [object, unknown][] = [
  [{ op: 'before', value: '2026-01-01' }, Object.create(Date.prototype)],
  [{ op: 'after', value: 0 }, new Proxy({}, { getPrototypeOf: refuse })],
  [{ op: 'contains_any', values: ['a'] }, Object.defineProperty([], 0, { get: refuse })],
  [{ op: 'contains_all', values: ['a'], ignoreCase: true }, new Proxy(['a'], { get: refuse })],
];

describe.each([
  ['full', createFull],
  ['compact', createCompact],
])('the %s evaluator', (_name, create) => {
  const evaluator = create();
  evaluator.load(documents, 1);

  it.each(['f', 'dependant'])('answers GENERAL and the default where %s cannot read the context', (key) => {
    for (const context of contexts) {
      const expected = { value: true, reason: 'ERROR', errorCode: 'GENERAL' };
      expect(evaluator.boolean(key, true).details(context as never)).toMatchObject(expected);
    }
  });

  it.each(traps)('answers GENERAL where %o cannot look into the value', (test, value) => {
    const trapped = create();
    const when = { ...test, attribute: 'a' } as never;
    trapped.load([flag('f', { default: off, rules: [ruleWhen(when)] })], 1);
    const expected = { value: true, reason: 'ERROR', errorCode: 'GENERAL' };
    expect(trapped.boolean('f', true).details({ a: value })).toMatchObject(expected);
  });

  it('does not mind where it does not look', () => {
    for (const context of contexts) {
      expect(evaluator.boolean('static', false).get(context as never)).toBe(true);
    }
  });

  it('evaluates as the type that is asked for when there is no default', () => {
    const none = undefined as never;
    expect(evaluator.boolean('static', none).get({})).toBe(true);
    expect(evaluator.string('static', none).details({}).errorCode).toBe('TYPE_MISMATCH');
  });
});
