// Members that stand twice are found wherever they are.
import { expect, it } from 'vitest';
import { duplicateMember } from './duplicate-member.ts';

it.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":{"b":1,"b":2}}', 'a.b'],
  ['{"a":[{"x":1},{"b":1 , "b" :2}]}', 'a[1].b'],
  ['{"a":[[1,2],[{"b":1,"b":2}]]}', 'a[1][0].b'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"a\\"":1,"a\\"":2}', 'a"'],
  ['[{"a":1},{"a":1}]', undefined],
  ['{"a":{"a":{"a":["a","a"]}}}', undefined],
  ['{"a":"b:","b":"{\\"a\\":1,\\"a\\":2}"}', undefined],
  ['{"a":"\\\\","b":"a"}', undefined],
  ['"a"', undefined],
  ['{}', undefined],
])('in %s at %s', (text, path) => {
  expect(duplicateMember(text)).toBe(path);
});
