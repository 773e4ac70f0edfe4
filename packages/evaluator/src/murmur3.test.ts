import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileHashAscii } from './murmur3-wasm.ts';
import { hashInteger, hashText, hashUnits, murmur3, prefixOf } from './murmur3.ts';

/** The algorithm over bytes that another encoder made, with big integers: as unlike ours as it can be. */
function reference(bytes: Uint8Array, seed = 0): number {
  const u32 = (value: bigint) => value & 0xffffffffn;
  const rotate = (value: bigint, bits: bigint) => u32((value << bits) | (value >> (32n - bits)));
  const scramble = (block: bigint) => u32(rotate(u32(block * 0xcc9e2d51n), 15n) * 0x1b873593n);
  let hash = BigInt(seed);
  for (let at = 0; at < bytes.length; at += 4) {
    const part = bytes.slice(at, at + 4);
    hash ^= scramble(part.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n));
    if (part.length === 4) hash = u32(rotate(hash, 13n) * 5n + 0xe6546b64n);
  }
  hash ^= BigInt(bytes.length);
  hash = u32((hash ^ (hash >> 16n)) * 0x85ebca6bn);
  hash = u32((hash ^ (hash >> 13n)) * 0xc2b2ae35n);
  return Number(hash ^ (hash >> 16n));
}

const encode = (text: string) => new TextEncoder().encode(text);
const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 70 }), fc.string({ maxLength: 70 }));
/** Any code units, also those that are half of a pair. */
const brokenTexts = fc
  .array(fc.oneof(fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.integer({ min: 0, max: 0xffff })), {
    maxLength: 30,
  })
  .map((units) => String.fromCharCode(...units));

describe('murmur3', () => {
  it('hashes the UTF-8 bytes of any text, with any seed', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 0xffffffff }), (text, seed) => {
        expect(murmur3(text, seed)).toBe(reference(encode(text), seed));
      }),
      { numRuns: 3000 },
    );
  });

  it('hashes a lone surrogate as U+FFFD, as encoders do', () => {
    for (const text of ['\ud800', '\udfff', 'a\ud83d', '\ude00b', '\ude00\ud83d', '\ud83d\ud83d\ude00']) {
      expect(murmur3(text)).toBe(reference(encode(text)));
    }
    fc.assert(
      fc.property(brokenTexts, (text) => {
        expect(murmur3(text)).toBe(reference(encode(text)));
      }),
      { numRuns: 3000 },
    );
  });

  it('is the same over strings that engines keep in other ways', () => {
    const flat = 'abcdefghij'.repeat(20);
    const joined = flat.slice(0, 77) + flat.slice(77);
    const sliced = `${flat}${flat}`.slice(200);
    const wide = `${flat}é`.slice(0, 200);
    for (const text of [joined, sliced, wide]) expect(murmur3(text)).toBe(murmur3(flat));
  });
});

describe('a hash after a prefix', () => {
  it('is the hash of both joined, whatever the lengths', () => {
    fc.assert(
      fc.property(texts, fc.oneof(texts, brokenTexts), (salt, text) => {
        const expected = reference(encode(salt + text));
        expect(hashText(prefixOf(salt), text) >>> 0).toBe(expected);
        expect(hashUnits(prefixOf(salt), text) >>> 0).toBe(expected);
        expect(prefixOf(salt).hashEncoded(text) >>> 0).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('is the same on both sides of the length that fits the buffer', () => {
    for (const unit of ['a', 'é', '中', '😀']) {
      for (let length = 325; length < 350; length++) {
        const text = unit.repeat(length);
        for (const salt of ['', 's', 'sa', 'sal', 'salt']) {
          expect(hashText(prefixOf(salt), text)).toBe(hashUnits(prefixOf(salt), text));
        }
      }
    }
  });

  it('is the same on both sides of the length up to which WebAssembly reads', () => {
    for (const unit of ['a', '\u0000', '\u007f', '\u0080', 'é', '中', '😀', '\ud800']) {
      for (let length = 0; length < 50; length++) {
        const text = 'x'.repeat(length) + unit;
        for (const salt of ['', 's', 'sa', 'sal', 'salt']) {
          expect(hashText(prefixOf(salt), text)).toBe(hashUnits(prefixOf(salt), text));
        }
      }
    }
  });

  it('takes integers as their decimal digits', () => {
    fc.assert(
      fc.property(texts, fc.maxSafeInteger(), (salt, value) => {
        expect(hashInteger(prefixOf(salt), value) >>> 0).toBe(reference(encode(`${salt}${value}`)));
      }),
    );
    expect(hashInteger(prefixOf(''), -0) >>> 0).toBe(reference(encode('0')));
  });
});

describe('the hash in WebAssembly', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('leaves to its fallback what is not ASCII, and nothing else', () => {
    const left: string[] = [];
    const hash = compileHashAscii((text) => left.push(text));
    // Absent before Node 24: then there is nothing to be shown.
    if (hash === undefined) return;
    const prefix = prefixOf('salt');
    for (const text of ['a', 'abcd', 'é', 'abcé', 'abcdefg\u0100', '\ud83d\ude00']) {
      hash(text, prefix, prefix.hash, prefix.pending, prefix.byteLength);
    }
    expect(left).toEqual(['é', 'abcé', 'abcdefg\u0100', '\ud83d\ude00']);
  });

  it('is done without where the engine has no WebAssembly, or may not compile it', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(compileHashAscii(() => 0)).toBeUndefined();
    vi.stubGlobal('WebAssembly', {
      Module: function refuse() {
        throw new Error('Code generation is disallowed.');
      },
    });
    expect(compileHashAscii(() => 0)).toBeUndefined();
  });
});
