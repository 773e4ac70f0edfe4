// The fleet sees the version that is published.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sdkVersion } from './version.ts';

it('calls itself what its manifest says', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(sdkVersion).toBe(manifest.version);
});
