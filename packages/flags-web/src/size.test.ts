// The promise of the README: 8 kB, no imports.
import { expect, it } from 'vitest';
import { bundleWebSdk, gzipBytesMax } from '../build.ts';

it('is at most 8 kB gzipped, everything in it', async () => {
  const { gzipBytes } = await bundleWebSdk();
  expect(gzipBytesMax).toBe(8_192);
  expect(gzipBytes).toBeLessThanOrEqual(gzipBytesMax);
});

it('imports nothing', async () => {
  const { text } = await bundleWebSdk();
  expect(text).not.toMatch(/\bimport\b|\brequire\(|\bprocess\./);
});
