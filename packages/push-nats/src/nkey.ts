// NATS keys (Ed25519 in NATS' base32 form) on Node's own crypto, which signs some fifty times faster than the client
// library's JavaScript: a restart signs once per SDK that connects. Never logs or formats a seed.
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { PushError } from './errors.ts';

/** What a key is for; the first letter of its public form. */
export type NkeyRole = 'operator' | 'account' | 'user';

/** A key pair; usable wherever the NATS libraries take a `KeyPair`. */
export interface Nkey {
  getPublicKey(): string;
  getPrivateKey(): Uint8Array;
  getSeed(): Uint8Array;
  sign(input: Uint8Array): Uint8Array;
  verify(input: Uint8Array, signature: Uint8Array): boolean;
  clear(): void;
  seal(): Uint8Array;
  open(): Uint8Array | null;
  /** The seed as text. A secret. */
  readonly seed: string;
}

const rolePrefix: Readonly<Record<NkeyRole, number>> = { operator: 14 << 3, account: 0, user: 20 << 3 };
const seedPrefix = 18 << 3;
const rawBytes = 32;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** DER of an Ed25519 private key in PKCS #8 up to the 32 bytes of the key. */
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A new random key. */
export const createNkey = (role: NkeyRole): Nkey => nkeyOf(rolePrefix[role], randomBytes(rawBytes));

/** The key that follows from a secret seed and a name: every core derives the same one. */
export function deriveNkey(role: NkeyRole, masterSeed: string, name: string): Nkey {
  const raw = createHmac('sha256', decodeSeed(masterSeed).raw).update(`${role}:${name}`).digest();
  return nkeyOf(rolePrefix[role], raw);
}

/**
 * The key of a seed text.
 *
 * @throws PushError when the text is no seed.
 */
export function nkeyFromSeed(seed: string): Nkey {
  const { prefix, raw } = decodeSeed(seed);
  return nkeyOf(prefix, raw);
}

function nkeyOf(prefix: number, raw: Buffer): Nkey {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Header, raw]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key);
  const publicText = encode(Buffer.concat([Buffer.from([prefix]), rawPublicKey(publicKey)]));
  const seed = encode(Buffer.concat([Buffer.from([seedPrefix | (prefix >> 5), (prefix & 31) << 3]), raw]));
  const unsupported = (): never => {
    throw new PushError('INVALID', 'this key only signs');
  };
  return {
    seed,
    getPublicKey: () => publicText,
    getSeed: () => Buffer.from(seed),
    getPrivateKey: () => raw,
    sign: (input) => sign(null, input, key),
    verify: (input, signature) => verify(null, input, publicKey, signature),
    clear: () => undefined,
    seal: unsupported,
    open: unsupported,
  };
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function decodeSeed(seed: string): { prefix: number; raw: Buffer } {
  const bytes = decode(seed);
  const [first = 0, second = 0] = bytes;
  const prefix = ((first & 7) << 5) | (second >> 3);
  if (bytes.length !== rawBytes + 2 || (first & 0xf8) !== seedPrefix) {
    throw new PushError('INVALID', 'not a NATS seed');
  }
  return { prefix, raw: bytes.subarray(2) };
}

function encode(payload: Buffer): string {
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc16(payload));
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of Buffer.concat([payload, checksum])) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet.charAt((held >> (bits - 5)) & 31);
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet.charAt((held << (5 - bits)) & 31) : text;
}

function decode(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of text.trim()) {
    const value = alphabet.indexOf(letter);
    if (value < 0) throw new PushError('INVALID', 'not a NATS seed');
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) bytes.push((held >> (bits -= 8)) & 255);
    held &= (1 << bits) - 1;
  }
  const all = Buffer.from(bytes);
  const payload = all.subarray(0, Math.max(0, all.length - 2));
  if (all.length < 3 || all.readUInt16LE(payload.length) !== crc16(payload)) {
    throw new PushError('INVALID', 'not a NATS seed: the checksum differs');
  }
  return payload;
}

/** CRC-16/XMODEM, as NATS keys use it. */
function crc16(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1)
      crc = ((crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}
