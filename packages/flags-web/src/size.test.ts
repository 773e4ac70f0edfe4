// The promise of the README: 10 kB with all operators, no imports.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundleWebSdk, gzipBytesMax, internalNames } from '../build.ts';

it('is at most 10 kB gzipped, everything in it', async () => {
  const { gzipBytes } = await bundleWebSdk();
  expect(gzipBytesMax).toBe(10_000);
  expect(gzipBytes).toBeLessThanOrEqual(gzipBytesMax);
});

it('imports nothing', async () => {
  const { text } = await bundleWebSdk();
  expect(text).not.toMatch(/\bimport\b|\brequire\(|\bprocess\./);
});

it('shortens no name of the wire, of a document or of the public interface', () => {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
  const files = globSync(
    ['proto/flags/v1/*.proto', 'packages/contract/src/model/*.ts', 'packages/flags-web/src/types.ts'],
    { cwd: root },
  );
  const names = files.flatMap((file) => {
    const isProto = file.endsWith('.proto');
    const member = isProto ? /\b([a-z]\w*) = \d+/g : /^ {2,}(?:readonly )?(\w+)\??[:(<]/gm;
    return Array.from(readFileSync(join(root, file), 'utf8').matchAll(member), ([, name]) =>
      isProto ? name!.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) : name!,
    );
  });
  expect(names).toEqual(expect.arrayContaining(['historyId', 'targetingKey', 'setContext']));
  expect(names.filter((name) => internalNames.test(name))).toEqual([]);
});
