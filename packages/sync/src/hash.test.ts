// The hashes against vectors computed by an independent implementation, and their laws.
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { contentHash, createViewHash, emptyViewHash, entryHash, hash64 } from './hash.ts';

/** A plain 64-bit sum to compare with. */
const sum = (entries: readonly string[]): string =>
  (entries.reduce((total, entry) => total + BigInt(`0x${entry}`), 0n) % (1n << 64n))
    .toString(16)
    .padStart(16, '0');

describe('hash64', () => {
  it('is zero in the high half for the empty text and sixteen digits always', () => {
    expect(hash64('')).toMatch(/^00000000[0-9a-f]{8}$/);
    for (const text of ['a', 'ü', '𝄞', 'x'.repeat(1000)]) expect(hash64(text)).toMatch(/^[0-9a-f]{16}$/);
  });

  it('equals the published murmur3 vectors', () => {
    expect(hash64('Hello, world!').slice(0, 8)).toBe('c0363e43');
    expect(hash64('Hello, world!').slice(8)).toBe('24884cba');
    expect(hash64('').slice(8)).toBe('ebb6c228');
  });
});

describe('view hash', () => {
  const entries = Array.from({ length: 200 }, (_, i) =>
    entryHash('flag', `key-${i}`, contentHash(`{"i":${i}}`)),
  );

  it('is the sum modulo 2^64, in any order', () => {
    const forward = createViewHash();
    const backward = createViewHash();
    for (const entry of entries) forward.add(entry);
    for (const entry of entries.toReversed()) backward.add(entry);
    expect(forward.hex).toBe(sum(entries));
    expect(backward.hex).toBe(forward.hex);
  });

  it('returns to where it was when what was added is removed', () => {
    const view = createViewHash('fffffffffffffffe');
    for (const entry of entries) view.add(entry);
    for (const entry of entries) view.remove(entry);
    expect(view.hex).toBe('fffffffffffffffe');
    view.add('0000000000000003');
    expect(view.hex).toBe('0000000000000001');
    view.remove('0000000000000002');
    expect(view.hex).toBe('ffffffffffffffff');
  });

  it('is sixteen zeros when empty', () => {
    expect(createViewHash().hex).toBe(emptyViewHash);
  });
});

describe('canonicalJson', () => {
  it.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ '\u{10000}': 1, '\uffff': 2 }, '{"\u{10000}":1,"\uffff":2}'],
    [{ a: undefined, b: -0, c: 1e21 }, '{"b":0,"c":1e+21}'],
    [JSON.parse('{"__proto__":{"x":1},"a":2}') as unknown, '{"__proto__":{"x":1},"a":2}'],
    ['a"b\n', '"a\\"b\\n"'],
    [[], '[]'],
  ])('writes %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('is a fixed point: parsing and writing again changes nothing', () => {
    const text = canonicalJson({ z: { y: [1.5, { b: 'ü', a: '\u2028' }] }, a: 0 });
    expect(canonicalJson(JSON.parse(text))).toBe(text);
  });
});
