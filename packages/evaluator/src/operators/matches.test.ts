import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { matches } from './matches.ts';

it('finds the pattern anywhere, unless it is anchored', () => {
  const texts = ['beta', 'a beta b', 'Beta', 'bet'];
  expect(passing(matches, { value: 'beta' }, texts)).toEqual(['beta', 'a beta b']);
  expect(passing(matches, { value: '^beta$' }, texts)).toEqual(['beta']);
  expect(passing(matches, { value: '^[Bb]eta' }, texts)).toEqual(['beta', 'Beta']);
});

it('takes every code point for a dot, line ends and wide ones too', () => {
  expect(passing(matches, { value: '^.$' }, ['\n', '\u2028', '😀', '\ud800', 'ab', '', 'é'])).toEqual([
    '\n',
    '\u2028',
    '😀',
    '\ud800',
    'é',
  ]);
  expect(passing(matches, { value: '^a$' }, ['a\n', 'a'])).toEqual(['a']);
});

it('takes texts of at most 4,096 units only', () => {
  expect(passing(matches, { value: 'a' })).toEqual(['a']);
  const texts = [4096, 4097].map((length) => 'a'.repeat(length));
  expect(passing(matches, { value: 'a' }, texts)).toEqual([texts[0]]);
});

it('refuses what is no pattern, is not portable or not linear', () => {
  expect(findingsFor(matches, { value: 7 })).toEqual([{ path: 'value', rule: 'operand_text' }]);
  for (const value of ['', '(', '(?=a)', '\\1', '\\s', 'a**', '[[:alpha:]]', 'a'.repeat(257)]) {
    expect(findingsFor(matches, { value })).toEqual([{ path: 'value', rule: 'operand_pattern' }]);
  }
  for (const value of ['^(a+)+$', '^a*a*b', 'a+b', '^(a|a)*$', '^((((a{99}){99}){99}){99})']) {
    expect(findingsFor(matches, { value })).toEqual([{ path: 'value', rule: 'operand_pattern_linear' }]);
  }
});
