// proto3 JSON as Python's protobuf library reads and writes it (test/conformance/proto_json_reference.py made the cases):
// every message of the contract, in both directions, in other spellings, and what must be refused.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { contractCodecs } from '../../testing/contract-codecs.ts';
import { checkJson } from './check-json.ts';
import { contractMessages } from './message-descriptors.ts';
import { parseJson } from './read-json.ts';

interface Case {
  readonly message: string;
  readonly json: string;
  readonly binary: string;
}

const file = new URL('../../../../../test/conformance/proto-json.json', import.meta.url);
const { cases, spellings, refused } = JSON.parse(readFileSync(file, 'utf8')) as Record<
  'cases' | 'spellings' | 'refused',
  readonly Case[]
>;
const messages = contractMessages();

/** What our HTTP port does with a body. */
function read(message: string, text: string): { readonly bytes: Buffer } | { readonly refused: string } {
  const parsed = parseJson(Buffer.from(text));
  if (!parsed.ok) return { refused: parsed.fault.violations![0]!.rule };
  const [violation] = checkJson(messages.get(message)!, parsed.value);
  if (violation !== undefined) return { refused: `${violation.rule} ${violation.field}` };
  const codec = contractCodecs.get(message)!;
  return { bytes: Buffer.from(codec.encode(codec.fromJSON(parsed.value)).finish()) };
}

it('has cases for every message of the contract', () => {
  expect(new Set(cases.map(({ message }) => message))).toEqual(new Set(messages.keys()));
  expect(cases.length).toBeGreaterThan(350);
});

it('reads every message as Python does', () => {
  for (const { message, json, binary } of [...cases, ...spellings]) {
    const what = read(message, json);
    // Decoded again: the order of map entries, and an empty key left out, are the writer's choice.
    const decode = (bytes: Uint8Array): unknown => contractCodecs.get(message)!.decode(bytes);
    const got = 'bytes' in what ? decode(what.bytes) : what;
    expect(got, `${message} ${json}`).toEqual(decode(Buffer.from(binary, 'base64')));
  }
});

it('writes every message as Python does', () => {
  for (const { message, json, binary } of cases) {
    const codec = contractCodecs.get(message)!;
    const written = JSON.stringify(codec.toJSON(codec.decode(Buffer.from(binary, 'base64'))));
    expect(withPlainTimes(JSON.parse(written)), `${message} ${json}`).toEqual(
      withPlainTimes(JSON.parse(json)),
    );
  }
});

it('refuses what Python refuses, naming a rule', () => {
  for (const { message, json } of refused) {
    expect(read(message, json), `${message} ${json}`).toHaveProperty(
      'refused',
      expect.stringMatching(/^[a-z_0-9]+/),
    );
  }
});

/** Both ".000Z" and "Z" are proto3 JSON for the same time. */
function withPlainTimes(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withPlainTimes);
  if (typeof json === 'string') return json.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.000Z$/, '$1Z');
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, withPlainTimes(value)]));
}
