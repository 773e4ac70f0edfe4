import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareCase, goldenFamilies, runGoldenCase, type GoldenFile } from './testing/golden.ts';

const folder = new URL('../golden/', import.meta.url);
const files = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as GoldenFile,
);

describe('golden numbers', () => {
  it('are there for every family', () => {
    expect(files.map(({ family }) => family).sort()).toEqual([...goldenFamilies].sort());
  });

  it.each(files.map((file) => [file.family, file] as const))(
    'of %s are reproduced',
    (family, { cases, rtol }) => {
      const deviations = cases.flatMap((one) =>
        compareCase(one, rtol, runGoldenCase(family, one)).map((deviation) => ({ id: one.id, ...deviation })),
      );
      expect(deviations).toEqual([]);
    },
  );
});

describe('the comparison', () => {
  const rtol = { default: 1e-12, p: 1e-6 };
  const compare = (expected: unknown, actual: unknown) =>
    compareCase({ id: 'x-1', input: {}, expected }, rtol, actual);

  it('finds a missing field', () => {
    expect(compare({ a: 1, b: { c: 2 } }, { a: 1, b: {} })).toMatchObject([{ path: 'b.c' }]);
  });

  it('finds a number beyond the tolerance of its own name only', () => {
    expect(compare({ z: 1, p: 1 }, { z: 1 + 1e-9, p: 1 + 1e-9 })).toMatchObject([{ path: 'z' }]);
  });

  it('finds a number where there is none, and none where there is one', () => {
    expect(compare({ a: null, b: 1 }, { a: 1, b: null })).toHaveLength(2);
  });

  it('finds a list of another length', () => {
    expect(compare({ a: [1, 2] }, { a: [1] })).toMatchObject([{ path: 'a' }]);
  });
});
