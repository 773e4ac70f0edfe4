// The small SHA-256 against the platform's, and the distance its derived constants keep from rounding.
import { describe, expect, it } from 'vitest';
import { sha256Prefix } from './sha256.ts';

const reference = async (text: string): Promise<string> => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

describe('sha256Prefix', () => {
  it('equals the platform implementation for every length around the block borders', async () => {
    for (let length = 0; length <= 200; length++) {
      const text = 'a'.repeat(length);
      expect(sha256Prefix(text)).toBe(await reference(text));
    }
  });

  it.each(['', 'abc', 'env-1:u-1', 'Zürich', '日本語', '😀', '\ud800', '\u0000', 'x'.repeat(100_000)])(
    'equals it for case %#',
    async (text) => {
      expect(sha256Prefix(text)).toBe(await reference(text));
    },
  );

  it('derives its constants from roots whose fractions keep a distance from the next integer', () => {
    const primes: number[] = [];
    for (let candidate = 2; primes.length < 64; candidate++) {
      if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
    }
    const roots = [
      ...primes.slice(0, 8).map((prime) => Math.sqrt(prime)),
      ...primes.map((prime) => Math.cbrt(prime)),
    ];
    // Roots below 8 are exact to 2^-50, scaled by 2^32 to 2^-18: an engine may be wrong by 64 of these units.
    for (const rest of roots.map((root) => (root * 2 ** 32) % 1))
      expect(Math.min(rest, 1 - rest)).toBeGreaterThan(2 ** -12);
  });
});
