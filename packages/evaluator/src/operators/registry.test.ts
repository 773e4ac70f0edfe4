import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { anyValues } from '../testing/operators.ts';
import { Findings } from '../findings.ts';
import type { CompiledTest } from './operator.ts';
import { operators } from './registry.ts';
import type { NegatedOperator, PlainOperator } from '@org/contract/model';

const shared = [
  'index',
  'operands',
  'operator',
  'registry',
  'compare-elements',
  'compare-instants',
  'compare-versions',
];
const negations = [...operators.values()].flatMap(({ isNegatable, name }) =>
  isNegatable ? `not_${name}` : [],
);

/** Operands of all sorts: every operator takes one of them. */
const operands = [
  ...[
    {},
    { value: 1 },
    { value: 'a' },
    { value: '1.2.3' },
    { value: '2026-11-20' },
    { value: { ago: 'P1D' } },
  ],
  ...[{ values: ['a'] }, { values: ['a'], ignoreCase: true }, { values: [2, 1] }, { values: [1, 2] }],
  ...[{ values: ['10.0.0.0/8'] }, { value: 50, salt: 's' }, { value: 'A', ignoreCase: true }],
];

function allTests(name: string): readonly (readonly [object, CompiledTest])[] {
  return operands.flatMap((fields) => {
    const compiled = operators.get(name)?.compile({ op: name, ...fields }, new Findings(), { now: () => 5 });
    return compiled ? [[fields, compiled] as const] : [];
  });
}

it('has every operator that has a file, under its name, and the negations', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => !name.endsWith('.test.ts'));
  const names = files.map((name) => name.slice(0, -3)).filter((name) => !shared.includes(name));
  const expected = [...names.map((name) => name.replaceAll('-', '_')), ...negations];
  expect([...operators.keys()].sort()).toEqual(expected.sort());
});

it.each([...operators.keys()])('%s is false for a missing attribute and never throws', (name) => {
  const tests = allTests(name);
  expect(tests.length).toBeGreaterThan(0);
  for (const [, { predicate }] of tests) {
    expect(predicate(undefined)).toBe(false);
    for (const value of anyValues) expect(predicate(value)).toBeTypeOf('boolean');
  }
});

it.each(negations)('%s is true where the attribute exists and the operator is not', (name) => {
  const positive = new Map(allTests(name.slice(4)).map(([fields, { predicate }]) => [fields, predicate]));
  const tests = allTests(name);
  expect(tests.map(([fields]) => fields)).toEqual([...positive.keys()]);
  for (const [fields, { predicate, literals }] of tests) {
    expect(literals).toBeUndefined();
    for (const value of [...anyValues, '1.2.4', '10.1.2.3', 3]) {
      const exists = value !== undefined && value !== null;
      expect(predicate(value)).toBe(exists && !positive.get(fields)!(value));
    }
  }
});

it('refuses operands that an operator does not take', () => {
  for (const { name, members, compile } of operators.values()) {
    for (const member of ['value', 'values', 'ignoreCase', 'salt'] as const) {
      if (members.includes(member)) continue;
      const findings = new Findings();
      expect(compile({ op: name, [member]: 'x' }, findings, { now: undefined }), name).toBeUndefined();
      expect(findings.list).toContainEqual({ path: member, rule: 'operand_unexpected', detail: member });
    }
  }
});

it('is what authors can write', () => {
  // The compiler sees to it that the contract's unions hold exactly these.
  const plain = {
    equals: true,
    in: true,
    exists: true,
    greater: true,
    greater_or_equal: true,
    less: true,
    less_or_equal: true,
    between: true,
    modulo: true,
    contains: true,
    starts_with: true,
    ends_with: true,
    matches: true,
    before: true,
    after: true,
    semver_equals: true,
    semver_greater: true,
    semver_greater_or_equal: true,
    semver_less: true,
    semver_less_or_equal: true,
    semver_in_range: true,
    ip_in_range: true,
    contains_any: true,
    contains_all: true,
    percentage: true,
  } satisfies Record<PlainOperator, true>;
  const negated = {
    not_equals: true,
    not_in: true,
    not_exists: true,
    not_between: true,
    not_modulo: true,
    not_contains: true,
    not_starts_with: true,
    not_ends_with: true,
    not_matches: true,
    not_semver_equals: true,
    not_semver_in_range: true,
    not_ip_in_range: true,
    not_contains_any: true,
    not_contains_all: true,
  } satisfies Record<NegatedOperator, true>;
  expect(Object.keys({ ...plain, ...negated }).sort()).toEqual([...operators.keys()].sort());
});
