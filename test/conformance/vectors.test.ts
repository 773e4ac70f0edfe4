// The golden files by themselves: they must be fit for every language, whatever this repository's code does with them.
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const fileOf = (name: string) => new URL(name, import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(fileOf(name), 'utf8'));
const loneSurrogate = /\p{Surrogate}/u;

type Row = readonly [salt: string, unit: string, hash: number, total: number, bucket: number];
interface Named {
  readonly name: string;
}
interface EvaluationFile {
  readonly specVersion: string;
  readonly cases: readonly (Named & {
    readonly documents: readonly object[];
    readonly expected: { readonly reason: string };
  })[];
  readonly expressions: readonly (Named & { readonly checks: readonly { readonly matches: boolean }[] })[];
}

interface ExpressionGroup extends Named {
  readonly when: { readonly op: string };
  readonly checks: readonly { readonly matches: boolean }[];
}
interface OperatorsFile {
  readonly specVersion: string;
  readonly expressions: readonly ExpressionGroup[];
  readonly clock: readonly ExpressionGroup[];
  readonly loneSurrogates: readonly ExpressionGroup[];
  readonly refused: readonly Named[];
}

/** MurmurHash3 x86 32-bit from its description, with big integers over bytes: shares nothing with the evaluator. */
function murmur3(bytes: Uint8Array): bigint {
  const word = (value: bigint) => value & 0xffffffffn;
  const rotate = (value: bigint, bits: bigint) => word((value << bits) | (value >> (32n - bits)));
  const scramble = (block: bigint) => word(rotate(word(block * 0xcc9e2d51n), 15n) * 0x1b873593n);
  let hash = 0n;
  for (let at = 0; at < bytes.length; at += 4) {
    const block = bytes.subarray(at, at + 4);
    hash ^= scramble(block.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n));
    if (block.length === 4) hash = word(rotate(hash, 13n) * 5n + 0xe6546b64n);
  }
  hash ^= BigInt(bytes.length);
  hash = word((hash ^ (hash >> 16n)) * 0x85ebca6bn);
  hash = word((hash ^ (hash >> 13n)) * 0xc2b2ae35n);
  return hash ^ (hash >> 16n);
}

describe('bucketing.json', () => {
  const { rows } = read('bucketing.json') as { readonly rows: readonly Row[] };

  it('holds ten thousand rows of all sorts in less than two megabytes', () => {
    expect(rows.length).toBeGreaterThanOrEqual(10_000);
    expect(statSync(fileOf('bucketing.json')).size).toBeLessThan(2 * 1024 * 1024);
    const some = (fits: (row: Row) => boolean) => rows.some(fits);
    expect(some(([salt]) => salt === '')).toBe(true);
    expect(some(([, unit]) => unit.length >= 10_000)).toBe(true);
    expect(some(([, , , total]) => total === 2_147_483_647)).toBe(true);
    expect(rows.filter(([salt, unit]) => /[^\0-\x7f]/.test(salt + unit)).length).toBeGreaterThan(2_000);
    for (const [unit, hash] of [
      ['ejOoVL', 0],
      ['bY9fO-', 1],
      ['SI7p-', 2_147_483_647],
      ['6LvT0', 2_147_483_648],
    ]) {
      expect(
        some((row) => row[0] === '' && row[1] === unit && row[2] === hash),
        String(unit),
      ).toBe(true);
    }
  });

  it('is what a further implementation computes', () => {
    const wrong = rows.filter(([salt, unit, hash, total, bucket]) => {
      const found = murmur3(Buffer.from(salt + unit));
      return Number(found) !== hash || Number((found * BigInt(total)) >> 32n) !== bucket;
    });
    expect(wrong).toEqual([]);
  });

  it('holds no text that another language could not carry', () => {
    expect(rows.filter(([salt, unit]) => loneSurrogate.test(salt) || loneSurrogate.test(unit))).toEqual([]);
  });
});

describe('evaluation.json', () => {
  const { specVersion, cases, expressions } = read('evaluation.json') as EvaluationFile;

  it('names its version and every case once', () => {
    expect(specVersion).toMatch(/^\d+\.\d+\.\d+$/);
    const names = [...cases, ...expressions].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(cases.length).toBeGreaterThanOrEqual(150);
  });

  it('has a case for every reason, and checks for both outcomes of most conditions', () => {
    const reasons = new Set(cases.map(({ expected }) => expected.reason));
    expect([...reasons].sort()).toEqual([
      'DEFAULT',
      'DISABLED',
      'ERROR',
      'SPLIT',
      'STATIC',
      'TARGETING_MATCH',
    ]);
    const both = expressions.filter(({ checks }) => new Set(checks.map(({ matches }) => matches)).size === 2);
    expect(both.length).toBeGreaterThan(expressions.length * 0.8);
  });

  it('holds no text that another language could not carry', () => {
    expect(loneSurrogate.test(JSON.stringify([cases, expressions]))).toBe(false);
    expect(JSON.stringify([cases, expressions])).not.toMatch(/\\ud[89a-f]/i);
  });
});

describe('operators.json', () => {
  const file = read('operators.json') as OperatorsFile;
  const groups = [...file.expressions, ...file.clock, ...file.loneSurrogates];

  it('names its version and every group once, and holds at least two thousand checks', () => {
    expect(file.specVersion).toMatch(/^\d+\.\d+\.\d+$/);
    const names = [file.expressions, file.clock, file.loneSurrogates, file.refused].map((list) =>
      list.map(({ name }) => name),
    );
    for (const list of names) expect(new Set(list).size).toBe(list.length);
    expect(file.expressions.flatMap(({ checks }) => checks).length).toBeGreaterThanOrEqual(2_000);
    expect(statSync(fileOf('operators.json')).size).toBeLessThan(1024 * 1024);
  });

  it('asks every operator for both answers', () => {
    const answers = new Map<string, Set<boolean>>();
    for (const { when, checks } of groups) {
      const known = answers.get(when.op) ?? new Set();
      answers.set(when.op, new Set([...known, ...checks.map(({ matches }) => matches)]));
    }
    expect([...answers].filter(([, found]) => found.size < 2)).toEqual([]);
    expect(answers.size).toBeGreaterThanOrEqual(40);
  });

  it('is hostile', () => {
    const text = readFileSync(fileOf('operators.json'), 'utf8');
    for (const hostile of [
      '"__proto__"',
      '"constructor"',
      '"NaN"',
      '1e+308',
      '\\ud800',
      '9007199254740992',
      '[]',
      '{}',
    ]) {
      expect(text).toContain(hostile);
    }
  });

  it('holds no text elsewhere that another language could not carry', () => {
    expect(loneSurrogate.test(JSON.stringify([file.expressions, file.clock, file.refused]))).toBe(false);
    expect(JSON.stringify([file.expressions, file.clock, file.refused])).not.toMatch(/\\ud[89a-f]/i);
  });
});

describe.each([
  ['histories.json', 250],
  ['lists.json', 200],
  ['logic.json', 1_000],
])('%s', (name, answersMin) => {
  const text = readFileSync(fileOf(name), 'utf8');
  const file = JSON.parse(text) as { readonly specVersion: string; readonly about: string };

  it('names its version, and what it is for', () => {
    expect(file.specVersion).toMatch(/^\d+\.\d+\.\d+$/);
    expect(file.about).toMatch(/^docs\/spec\/.*\b(browsers)\b/);
    expect(text.match(/"context":/g)?.length).toBeGreaterThanOrEqual(answersMin);
  });

  it('holds no text that another language could not carry', () => {
    expect(loneSurrogate.test(JSON.stringify(file))).toBe(false);
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });
});
