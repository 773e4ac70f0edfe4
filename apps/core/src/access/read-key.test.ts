// Where a key may stand, and what cannot be one.
import { expect, it } from 'vitest';
import { readKey } from './read-key.ts';

const secret = 'flags_s_abc_0123456789';

it.each([
  [`Bearer ${secret}`, undefined, 'key'],
  [`bearer   ${secret} `, undefined, 'key'],
  [undefined, secret, 'key'],
  [`Bearer ${secret}`, secret, 'key'],
  [undefined, undefined, 'none'],
  [`Bearer ${secret}`, 'flags_s_other_0123456789', 'malformed'],
  [`Basic ${secret}`, undefined, 'malformed'],
  [secret, undefined, 'malformed'],
  ['Bearer', undefined, 'malformed'],
  ['', undefined, 'malformed'],
  [undefined, '', 'malformed'],
  [`Bearer ${secret}, Bearer ${secret}`, undefined, 'malformed'],
  ['Bearer flags_x_abc_0123', undefined, 'malformed'],
  [`Bearer flags_s_${'a'.repeat(301)}`, undefined, 'malformed'],
  ['Bearer flags_s_ab\u0000c_0123', undefined, 'malformed'],
])('reads %j with x-api-key %j as %s', (authorization, apiKey, state) => {
  expect(readKey(authorization, apiKey)).toMatchObject({ state });
});
