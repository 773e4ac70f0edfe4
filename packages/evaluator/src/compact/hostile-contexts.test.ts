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
