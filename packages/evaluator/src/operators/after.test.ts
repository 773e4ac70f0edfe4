import { expect, it } from 'vitest';
import { passing } from '../testing/operators.ts';
import { after } from './after.ts';

it('takes what is later, and not the instant itself', () => {
  const instants = [
    '2026-11-20T00:00:00.001Z',
    '2026-11-20T00:00:00Z',
    '2026-11-21',
    1e15,
    '2026-11-20',
    'x',
  ];
  expect(passing(after, { value: '2026-11-20' }, instants)).toEqual([
    '2026-11-20T00:00:00.001Z',
    '2026-11-21',
    1e15,
  ]);
});

it('asks the clock at each evaluation', () => {
  expect(
    passing(after, { value: { ago: 'P7D' } }, ['1970-01-03', '1970-01-04'], () => 9 * 86_400_000),
  ).toEqual(['1970-01-04']);
  expect(passing(after, { value: { ago: 'P7D' } }, [1e15])).toEqual([]);
});
