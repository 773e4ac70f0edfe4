import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { anyValues } from '../testing/operators.ts';
import { Findings } from '../findings.ts';
import { operators } from './registry.ts';

const shared = ['operands', 'operator', 'registry'];

it('has every operator that has a file, under its name', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => !name.endsWith('.test.ts'));
  const names = files.map((name) => name.slice(0, -3)).filter((name) => !shared.includes(name));
  expect([...operators.keys()].sort()).toEqual(names.map((name) => name.replaceAll('-', '_')).sort());
});

it('has operators that are false for a missing attribute and never throw', () => {
  const operands = [{ value: 1 }, { value: 'a' }, { values: ['a'] }, { values: [1, 2] }, {}];
  for (const operator of operators.values()) {
    const compiled = operands.flatMap(
      (fields) => operator.compile({ op: operator.name, ...fields }, new Findings()) ?? [],
    );
    expect(compiled.length, operator.name).toBeGreaterThan(0);
    for (const { predicate } of compiled) {
      expect(predicate(undefined), operator.name).toBe(false);
      for (const value of anyValues) expect(predicate(value)).toBeTypeOf('boolean');
    }
  }
});
