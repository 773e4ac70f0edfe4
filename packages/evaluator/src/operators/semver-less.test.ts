import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { semverLess } from './semver-less.ts';

const versions = [
  ...['1.2.3', 'v1.2.3', '1.2.3+build', '1.2.4', '1.10.0', '2', '9007199254740993.0.0'],
  ...['1.2.3-rc.1', '1.2', '0.9.9', '01.2.3', '1.2.3.4', 'x', ''],
];

it('compares by precedence', () => {
  expect(passing(semverLess, { value: '1.2.3' }, versions)).toEqual(['1.2.3-rc.1', '1.2', '0.9.9']);
});

it('takes versions only', () => {
  expect(passing(semverLess, { value: '1.2.3' })).toEqual([]);
});

it('refuses what is no version', () => {
  for (const value of [undefined, 1, '', '1.2.3.4', '01.2.3', '1.2.x', '^1.2.3', ['1.2.3']]) {
    expect(findingsFor(semverLess, { value })).toEqual([{ path: 'value', rule: 'operand_version' }]);
  }
});
