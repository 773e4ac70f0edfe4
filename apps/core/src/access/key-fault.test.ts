import { expect, it } from 'vitest';
import { unauthenticated } from './authenticator.ts';
import { keyFault, shapeFault } from './key-fault.ts';

const key = 'flags_s_id_secret';

it.each([
  ['no header', undefined, undefined, 'authorization', 'required'],
  ['another scheme', 'Basic abc', undefined, 'authorization', 'bearer'],
  ['no scheme', key, undefined, 'authorization', 'bearer'],
  ['no key behind the scheme', 'Bearer ', undefined, 'authorization', 'bearer'],
  ['something else behind the scheme', 'Bearer sk_live_1', undefined, 'authorization', 'key_format'],
  ['something else as API key', undefined, 'sk_live_1', 'x-api-key', 'key_format'],
  ['an empty API key', undefined, '', 'x-api-key', 'key_format'],
  ['two keys', `Bearer ${key}`, 'flags_s_id_other', 'x-api-key', 'same_key'],
])(
  'names field and rule of %s, and nothing of what stood there',
  (_name, authorization, apiKey, field, rule) => {
    const fault = keyFault(authorization, apiKey);
    expect(fault).toMatchObject({ code: 'UNAUTHENTICATED', violations: [{ field, rule }] });
    expect(JSON.stringify(fault)).not.toMatch(/sk_live|flags_s_id|abc/);
  },
);

it('tells of a text that could be a key no more than that it is not in use', () => {
  expect(keyFault(`Bearer ${key}`, undefined)).toBe(unauthenticated);
  expect(keyFault(`Bearer ${key}`, key)).toBe(unauthenticated);
  expect(shapeFault('key', key)).toBe(unauthenticated);
});
