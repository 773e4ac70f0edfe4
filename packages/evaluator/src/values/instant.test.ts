import { expect, it } from 'vitest';
import { boundOf, durationOf, instantOf } from './instant.ts';

it.each([
  ['2026-11-20T18:30:00Z', Date.UTC(2026, 10, 20, 18, 30)],
  ['2026-11-20t18:30:00z', Date.UTC(2026, 10, 20, 18, 30)],
  ['2026-11-20T18:30:00+05:30', Date.UTC(2026, 10, 20, 13, 0)],
  ['2026-11-20T18:30:00-05:30', Date.UTC(2026, 10, 21, 0, 0)],
  ['2026-11-20T18:30:00.5Z', Date.UTC(2026, 10, 20, 18, 30, 0, 500)],
  ['2026-11-20T18:30:00.0019Z', Date.UTC(2026, 10, 20, 18, 30, 0, 1)],
  ['2026-11-20', Date.UTC(2026, 10, 20)],
  ['2024-02-29', Date.UTC(2024, 1, 29)],
  ['1969-12-31T23:59:59.999Z', -1],
  ['0000-01-01', -62_167_219_200_000],
  ['9999-12-31T23:59:59Z', 253_402_300_799_000],
  [0, 0],
  [-1.5, -1.5],
  [new Date(7), 7],
])('reads %s', (value, expected) => {
  expect(instantOf(value)).toBe(expected);
});

it.each([
  ...[
    '2026-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '26-01-01',
    '2026-1-1',
    '2026-01',
    '2026',
  ],
  ...['2026-11-20T18:30:00', '2026-11-20 18:30:00Z', '2026-11-20T24:00:00Z', '2026-11-20T18:60:00Z'],
  ...[
    '2026-11-20T18:30:60Z',
    '2026-11-20T18:30Z',
    '2026-11-20T18:30:00.Z',
    '2026-11-20T18:30:00.1234567890Z',
  ],
  ...[
    '2026-11-20T18:30:00+24:00',
    '2026-11-20T18:30:00+0530',
    '2026-11-20Z',
    ' 2026-11-20',
    '2026-11-20\n',
    '+002026-11-20',
  ],
  ...['', '1', 'now', '٢٠٢٦-١١-٢٠', NaN, Infinity, null, undefined, true, [], {}, new Date(NaN)],
])('reads no instant in %j', (value: unknown) => {
  expect(instantOf(value)).toBeNaN();
});

it.each([
  ['P7D', 7 * 86_400_000],
  ['P2W1D', 15 * 86_400_000],
  ['PT36H', 36 * 3_600_000],
  ['P1DT2H3M4S', 93_784_000],
  ['PT0S', 0],
])('reads the duration %s', (text, expected) => {
  expect(durationOf(text)).toBe(expected);
});

it.each([
  '',
  'P',
  'PT',
  'P1DT',
  '7D',
  'P1Y',
  'P1M',
  '-P1D',
  'P-1D',
  'P1.5D',
  'P1D ',
  'p1d',
  'PT1S1M',
  'P123456D',
  7,
  null,
  {},
])('reads no duration in %j', (text) => {
  expect(durationOf(text)).toBeNaN();
});

it('reads bounds by the clock', () => {
  expect(boundOf({ ago: 'P1D' }, () => 100_000_000)).toBe(13_600_000);
  expect(boundOf({ ahead: 'PT1S' }, () => 5)).toBe(1_005);
  expect(boundOf({ ago: 'P1D' }, undefined)).toBeNaN();
  expect(boundOf('1970-01-02', undefined)).toBe(86_400_000);
  expect(boundOf(null, () => 5)).toBeNaN();
});
