// Makes X.509 certificates for tests while they run, so that no private key is ever committed. Only what TLS needs:
// P-256, SHA-256, a name, and the addresses a certificate is good for.
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface TestCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority extends TestCertificate {
  /** A certificate of this authority for localhost, or for a client. */
  issue(name: string): TestCertificate;
}

/** A new authority with a key of its own. */
export function createAuthority(name = 'Test authority'): TestAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = certificate({ subject: name, issuer: name, keys, signer: keys.privateKey, isAuthority: true });
  return {
    cert,
    key: pemKey(keys.privateKey),
    issue(subject) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const signed = { subject, issuer: name, keys: own, signer: keys.privateKey, isAuthority: false };
      return { cert: certificate(signed), key: pemKey(own.privateKey) };
    },
  };
}

interface Wanted {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: { readonly publicKey: KeyObject };
  readonly signer: KeyObject;
  readonly isAuthority: boolean;
}

let serials = 0;

function certificate({ subject, issuer, keys, signer, isAuthority }: Wanted): string {
  const body = sequence(
    explicit(0, integer(2)),
    integer(++serials),
    ecdsaWithSha256,
    distinguishedName(issuer),
    sequence(utcTime('250101000000Z'), utcTime('491231235959Z')),
    distinguishedName(subject),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(basicConstraints(isAuthority), alternativeNames)),
  );
  const der = sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, signer)));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function pemKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), body]);
  const bytes = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), body]);
}

const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));
const explicit = (tag: number, content: Uint8Array): Buffer => der(0xa0 | tag, content);
const utcTime = (text: string): Buffer => der(0x17, Buffer.from(text));
const bitString = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content);
const octetString = (content: Uint8Array): Buffer => der(0x04, content);
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));

const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'));
const commonName = objectId('550403');

function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(name)))));
}

function basicConstraints(isAuthority: boolean): Buffer {
  return sequence(
    objectId('551d13'),
    boolean(true),
    octetString(sequence(...(isAuthority ? [boolean(true)] : []))),
  );
}

/** localhost and 127.0.0.1. */
const alternativeNames = sequence(
  objectId('551d11'),
  octetString(sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))),
);
