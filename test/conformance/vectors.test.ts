// The golden files as other languages find them: what they promise to hold is there, and the reference implementation
// in another language still agrees with every row.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

type Row = readonly [salt: string, unit: string, hash: number, total: number, bucket: number];
interface Vectors {
  readonly specVersion: string;
  readonly rows: readonly Row[];
}
interface Evaluations {
  readonly specVersion: string;
  readonly cases: readonly { readonly name: string; readonly expected: { readonly reason: string } }[];
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const read = <T>(name: string): T => JSON.parse(readFileSync(path(name), 'utf8')) as T;
const { rows, specVersion } = read<Vectors>('bucketing.json');

describe('bucketing.json', () => {
  it('holds at least 10,000 different rows', () => {
    const different = new Set(rows.map(([salt, unit, , total]) => JSON.stringify([salt, unit, total])));
    expect(specVersion).toMatch(/^\d+\.\d+\.\d+$/);
    expect(different.size).toBeGreaterThanOrEqual(10_000);
  });

  it('holds the hard ones: empty salts, other scripts, long units, the borders of the hash', () => {
    expect(rows.filter(([salt]) => salt === '').length).toBeGreaterThan(10);
    // eslint-disable-next-line no-control-regex -- ASCII is what is meant
    expect(rows.filter(([, unit]) => !/^[\x00-\x7f]*$/.test(unit)).length).toBeGreaterThan(1_000);
    expect(rows.some(([, unit]) => unit.length >= 10_000)).toBe(true);
    const hashes = new Map(rows.filter(([salt]) => salt === '').map(([, unit, hash]) => [unit, hash]));
    expect(['ejOoVL', 'bY9fO-', 'SI7p-', '6LvT0'].map((unit) => hashes.get(unit))).toEqual([
      0, 1, 2_147_483_647, 2_147_483_648,
    ]);
  });

  it('computes every bucket from its hash in exact integers', () => {
    const wrong = rows.filter(
      ([, , hash, total, bucket]) => (BigInt(hash) * BigInt(total)) >> 32n !== BigInt(bucket),
    );
    expect(wrong).toEqual([]);
  });

  it('agrees with the reference in Python', async () => {
    const run = promisify(execFile)('python3', [path('bucketing_reference.py'), '--check']);
    const result = await run.catch((error: NodeJS.ErrnoException) => error);
    if (result instanceof Error && result.code === 'ENOENT') {
      // Node and npm are all that the tests may ask for: the rows are compared with our evaluator all the same.
      process.stderr.write('No python3 on this machine: the reference in Python was not run.\n');
      return;
    }
    expect(result).not.toBeInstanceOf(Error);
  });
});

describe('evaluation.json', () => {
  const { cases } = read<Evaluations>('evaluation.json');

  it('holds at least 150 cases, each with a name of its own', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it('covers every reason', () => {
    const reasons = new Set(cases.map(({ expected }) => expected.reason));
    expect([...reasons].sort()).toEqual([
      'DEFAULT',
      'DISABLED',
      'ERROR',
      'SPLIT',
      'STATIC',
      'TARGETING_MATCH',
    ]);
  });
});
