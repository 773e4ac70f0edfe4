import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { semverInRange } from './semver-in-range.ts';

it('takes versions in one of the alternatives', () => {
  const versions = ['1.2.0', '1.9.9', '2.0.0-rc.1', '2.0.0', '3.1.0', '3.2.0', '1.2.0-rc.1'];
  expect(passing(semverInRange, { value: '^1.2.0 || >=3.0.0 <3.2.0' }, versions)).toEqual([
    '1.2.0',
    '1.9.9',
    '3.1.0',
  ]);
});

it('takes versions only', () => {
  expect(passing(semverInRange, { value: '*' }, ['0.0.0-a', '1', 'x', '', 1, null])).toEqual([
    '0.0.0-a',
    '1',
  ]);
});

it('refuses what is no range', () => {
  for (const value of [
    undefined,
    1,
    '',
    '>1.2',
    'a',
    '1.2.3 ||',
    '>= 1.2.3',
    '>*',
    '^x',
    '1.x.3',
    '=>1.2.3',
    '1.2.3.4',
  ]) {
    expect(findingsFor(semverInRange, { value }), String(value)).toEqual([
      { path: 'value', rule: 'operand_version_range' },
    ]);
  }
});
