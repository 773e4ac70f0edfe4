import { expect, it } from 'vitest';
import {
  address,
  hostOf,
  list,
  logLevel,
  optionalText,
  readVariables,
  token,
  wholeNumber,
} from './variables.ts';

const rules = {
  ADDRESS: address('127.0.0.1:1'),
  COUNT: wholeNumber(3, 1, 5),
  LEVEL: logLevel,
  NAMES: list,
  TEXT: optionalText,
  TOKEN: token,
};

it('reads what is given and fills in what is not; empty is not given', () => {
  expect(readVariables(rules, { COUNT: '', NAMES: ' a, ,b ', OTHER: 'x' })).toEqual({
    ok: true,
    values: { ADDRESS: '127.0.0.1:1', COUNT: 3, LEVEL: 'info', NAMES: ['a', 'b'] },
    given: ['NAMES', 'OTHER'],
  });
});

it('tells every problem by variable and rule, and no value', () => {
  const secret = 'hunter2';
  const read = readVariables(rules, { ADDRESS: secret, COUNT: '6', LEVEL: 'loud', TOKEN: secret });
  expect(read).toMatchObject({
    ok: false,
    problems: [
      { variable: 'ADDRESS', rule: 'must be host:port, e.g. 127.0.0.1:7410' },
      { variable: 'COUNT' },
      { variable: 'LEVEL' },
      { variable: 'TOKEN', rule: 'must have at least 16 characters' },
    ],
  });
  expect(JSON.stringify(read)).not.toContain(secret);
});

it.each([
  ['127.0.0.1:80', '127.0.0.1'],
  ['[::1]:80', '[::1]'],
])('takes the host out of %s', (text, host) => {
  expect(hostOf(text)).toBe(host);
});
