// Ids and keys: `flags_<p|s|c>_<id>_<secret>`. Only the SHA-256 of the whole text is ever stored.
import { createHash } from 'node:crypto';
import type { KeyKind } from '@org/contract/gen/flags/v1/access_service';
import type { RandomBytes } from '../ports.ts';

const idChars = 'abcdefghijklmnopqrstuvwxyz0123456789';
const secretChars = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const idLength = 12;
/** 62^43 > 2^256. */
const secretLength = 43;
const keyCharsMax = 256;
const keyShape = /^flags_([psc])_([a-z0-9]{3,40})_([A-Za-z0-9_-]{16,})$/;

type RealKeyKind = Exclude<KeyKind, 'KEY_KIND_UNSPECIFIED'>;
const letters: Readonly<Record<RealKeyKind, string>> = {
  KEY_KIND_PRINCIPAL: 'p',
  KEY_KIND_SERVER: 's',
  KEY_KIND_CLIENT: 'c',
};

/** Each character equally likely: bytes that would favour the first ones are thrown away. */
function randomText(random: RandomBytes, chars: string, length: number): string {
  const fair = 256 - (256 % chars.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random(length - text.length))
      if (byte < fair) text += chars.charAt(byte % chars.length);
  }
  return text;
}

/** 12 lower-case letters and digits. */
export const newId = (random: RandomBytes): string => randomText(random, idChars, idLength);

/** A new key with its public id. */
export function newSecret(
  random: RandomBytes,
  kind: RealKeyKind,
): { readonly id: string; readonly secret: string } {
  const id = newId(random);
  return { id, secret: `flags_${letters[kind]}_${id}_${randomText(random, secretChars, secretLength)}` };
}

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The public id of a principal's key; undefined when the text is no such key. */
export function principalKeyId(secret: string): string | undefined {
  const match = secret.length <= keyCharsMax ? keyShape.exec(secret) : null;
  return match?.[1] === 'p' ? match[2] : undefined;
}

/** Whether the text can be a key at all; everything else is not looked up. */
export const isKeyShaped = (secret: string): boolean => secret.length <= keyCharsMax && keyShape.test(secret);
