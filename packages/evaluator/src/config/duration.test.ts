import { expect, it } from 'vitest';
import { durationText, parseDuration } from './duration.ts';

it.each([
  ['PT0.25S', 250],
  ['PT1H30M', 5_400_000],
  ['P7D', 604_800_000],
  ['P1DT1S', 86_401_000],
  ['PT0S', 0],
])('reads %s and writes it back', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(durationText(ms)).toBe(text);
});

it.each(['', 'P', 'PT', '1S', 'PT1', 'P1M', 'PT-1S', 'PT1.2345S', 7, null, {}])('refuses %s', (value) => {
  expect(parseDuration(value)).toBeNaN();
});

it('writes what it reads, in its shortest form', () => {
  for (const ms of [1, 999, 60_000, 90_061_001, 3_600_000 * 25])
    expect(parseDuration(durationText(ms))).toBe(ms);
  expect(durationText(parseDuration('PT90M'))).toBe('PT1H30M');
});
