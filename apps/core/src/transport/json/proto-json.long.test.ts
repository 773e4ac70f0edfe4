// The same with Python at hand (3.9 or newer, with venv and pip): the committed cases are what it makes today, and it reads
// every JSON text of ours as the message that was written.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { descriptorSetBase64 } from '@org/contract/gen/descriptors';
import { contractCodecs } from '../../testing/contract-codecs.ts';

const protobuf = 'protobuf==6.33.1';
const conformance = new URL('../../../../../test/conformance/', import.meta.url);
const script = fileURLToPath(new URL('proto_json_reference.py', conformance));
const outputBytesMax = 64 * 1024 * 1024;
let folder: string;
let python: string;
let descriptors: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flags-proto-json-'));
  execFileSync('python3', ['-m', 'venv', join(folder, 'venv')]);
  python = join(folder, 'venv', 'bin', 'python');
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', protobuf]);
  descriptors = join(folder, 'descriptors.binpb');
  writeFileSync(descriptors, Buffer.from(descriptorSetBase64, 'base64'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('has committed the cases that Python makes', () => {
  const input = readFileSync(descriptors);
  const made = execFileSync(python, [script, 'make'], { input, maxBuffer: outputBytesMax, encoding: 'utf8' });
  expect(made).toBe(readFileSync(new URL('proto-json.json', conformance), 'utf8'));
});

it('writes JSON that Python reads as the same message', () => {
  const { cases } = JSON.parse(readFileSync(new URL('proto-json.json', conformance), 'utf8')) as {
    cases: { message: string; binary: string }[];
  };
  const lines = cases.map(({ message, binary }) => {
    const codec = contractCodecs.get(message)!;
    const json = JSON.stringify(codec.toJSON(codec.decode(Buffer.from(binary, 'base64'))));
    return JSON.stringify({ message, json, binary });
  });
  const checked = spawnSync(python, [script, 'check', descriptors], {
    input: lines.join('\n'),
    encoding: 'utf8',
  });
  expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', '']);
});
