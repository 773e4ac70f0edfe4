// Tests an operator alone: its findings, and its predicate. For tests only.
import { Findings, type Finding } from '../findings.ts';
import type { Operator } from '../operators/operator.ts';
import type { Now } from '../values/instant.ts';

/** Values of every type there is: no operator may throw on one, and each must be false for undefined. */
export const anyValues: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  10n,
  '',
  'a',
  'A',
  '\ud800',
  [],
  ['a'],
  {},
  { a: 1 },
  Object.create(null),
  Symbol('a'),
  () => 'a',
  new Date(0),
  /a/,
  new Map(),
];

/** The values among these that pass the test. */
export function passing(
  operator: Operator,
  fields: object,
  values: readonly unknown[] = anyValues,
  now?: Now,
): readonly unknown[] {
  const compiled = operator.compile({ op: operator.name, ...fields }, new Findings(), { now })!;
  return values.filter((value) => compiled.predicate(value) !== compiled.isInverted);
}

/** What is wrong with an operand. */
export function findingsFor(operator: Operator, fields: object): readonly Pick<Finding, 'path' | 'rule'>[] {
  const findings = new Findings();
  const compiled = operator.compile({ op: operator.name, ...fields }, findings, { now: undefined });
  if ((compiled === undefined) === (findings.list.length === 0)) {
    throw new Error('An operator compiles exactly when it reports nothing.');
  }
  return findings.list.map(({ path, rule }) => ({ path, rule }));
}
