// Measuring one evaluation changes no answer, and ends by itself.
import { expect, it } from 'vitest';
import { createEvaluator } from './index.ts';
import { equals, flag, ruleWhen } from './testing/documents.ts';

const start = () => {
  const evaluator = createEvaluator();
  evaluator.load([flag('f', { rules: [ruleWhen(equals('country', 'de'))] }), flag('constant')], 1);
  let nowMs = 0;
  const measured: unknown[] = [];
  const measure = (key: string): void =>
    evaluator.measureNext(
      key,
      () => (nowMs += 2),
      ({ flagKey, variant }, ms) => measured.push([flagKey, variant, ms]),
    );
  return { evaluator, measured, measure };
};
const user = { targetingKey: 'u-1', country: 'de' };

it('tells how long the next evaluation took, and no other', () => {
  const { evaluator, measured, measure } = start();
  const handle = evaluator.boolean('f', false);
  const before = handle.details(user);
  handle.get(user);
  measure('f');
  expect(handle.details(user)).toBe(before);
  handle.get(user);
  expect(measured).toEqual([['f', before.variant, 2]]);
});

it('is asked once, however often it is asked for, and not of flags without a program', () => {
  const { evaluator, measured, measure } = start();
  const [handle, constant] = [evaluator.boolean('f', false), evaluator.boolean('constant', false)];
  for (const key of ['f', 'f', 'f', 'constant', 'unknown']) measure(key);
  for (let again = 0; again < 5; again += 1) for (const each of [handle, constant]) each.get(user);
  expect(measured).toHaveLength(1);
});

it('leaves the program that a delta brought, and survives contexts that throw', () => {
  const { evaluator, measured, measure } = start();
  const handle = evaluator.boolean('f', false);
  measure('f');
  evaluator.apply({ upserts: [flag('f', { enabled: false }, 2)], deletes: [], revision: 2 });
  expect(handle.details(user).reason).toBe('DISABLED');
  evaluator.apply({
    upserts: [flag('f', { rules: [ruleWhen(equals('country', 'de'))] }, 3)],
    deletes: [],
    revision: 3,
  });
  measure('f');
  const broken = Object.defineProperty({}, 'country', { enumerable: true, get: () => expect.unreachable() });
  expect(handle.details(broken).errorCode).toBe('GENERAL');
  expect(handle.details(user).reason).toBe('TARGETING_MATCH');
  expect(measured).toEqual([]);
});
