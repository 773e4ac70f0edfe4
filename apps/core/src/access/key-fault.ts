// What is told to a caller who shows no key, or something that cannot be one: which field, and by which rule. Must never
// repeat what stood there, and says nothing of keys that could exist.
import { fail } from '@org/contract';
import type { Fault } from '@org/contract';
import { unauthenticated } from './authenticator.ts';
import { checkKey, readBearer } from './read-key.ts';

const shape = 'flags_<p, s or c>_<id>_<secret>';

/** The fault of a call by the headers it carries; that of an unknown key when nothing is wrong with them. */
export function keyFault(authorization: string | undefined, apiKey: string | undefined): Fault {
  if (authorization === undefined) {
    if (apiKey === undefined)
      return refusal('authorization', 'required', 'A key is missing: send Authorization: Bearer <key>.');
    return shapeFault('x-api-key', apiKey);
  }
  const secret = readBearer(authorization);
  if (secret === undefined)
    return refusal('authorization', 'bearer', 'The Authorization header must be: Bearer <key>.');
  if (apiKey !== undefined && apiKey !== secret)
    return refusal('x-api-key', 'same_key', 'Authorization and X-API-Key hold two keys: send one of them.');
  return shapeFault('authorization', secret);
}

/** The fault of a text that should be a key. */
export function shapeFault(field: string, text: unknown): Fault {
  if (checkKey(text).state === 'key') return unauthenticated;
  return refusal(field, 'key_format', `This cannot be a key: it must be ${shape}.`);
}

const refusal = (field: string, rule: string, message: string): Fault =>
  fail('UNAUTHENTICATED', message, { violations: [{ field, rule, message }] }).fault;
