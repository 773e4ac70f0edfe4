// The golden cases of logic are still what flagd answers.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { logicFile, logicText } from './golden-logic.ts';
import { startRealFlagd } from './real-flagd.ts';

it('is what flagd answers', async () => {
  // Without Go it says so.
  const flagd = await startRealFlagd();
  if (flagd === undefined) return;
  const text = await logicText(flagd);
  await flagd.close();
  expect(text).toBe(readFileSync(logicFile, 'utf8'));
}, 120_000);
