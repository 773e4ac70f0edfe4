// Our keys against the NATS library's own.
import { createAccount, createOperator, createUser, fromPublic, fromSeed } from '@nats-io/nkeys';
import { expect, it } from 'vitest';
import { createNkey, deriveNkey, nkeyFromSeed } from './nkey.ts';

const text = Buffer.from('to be signed');

it('reads seeds of the library and signs what it verifies', () => {
  for (const pair of [createOperator(), createAccount(), createUser()]) {
    const ours = nkeyFromSeed(Buffer.from(pair.getSeed()).toString());
    expect(ours.getPublicKey()).toBe(pair.getPublicKey());
    expect(fromPublic(pair.getPublicKey()).verify(text, ours.sign(text))).toBe(true);
    expect(ours.verify(text, pair.sign(text))).toBe(true);
  }
});

it('makes seeds the library reads', () => {
  for (const role of ['operator', 'account', 'user'] as const) {
    const ours = createNkey(role);
    expect(fromSeed(Buffer.from(ours.seed)).getPublicKey()).toBe(ours.getPublicKey());
  }
});

it('derives the same key from the same seed and name, and no other', () => {
  const { seed } = createNkey('account');
  const key = (name: string, master = seed): string => deriveNkey('user', master, name).getPublicKey();
  expect(key('a')).toBe(key('a'));
  expect(key('a')).not.toBe(key('b'));
  expect(key('a')).not.toBe(key('a', createNkey('account').seed));
});

it.each([
  '',
  'S',
  'SUAM',
  '********',
  createNkey('user').getPublicKey(),
  createNkey('user').seed.replace(/.$/, 'x'),
])('refuses %j as a seed without repeating it', (seed) => {
  expect(() => nkeyFromSeed(seed)).toThrow(/^\[INVALID\] not a NATS seed/);
});
