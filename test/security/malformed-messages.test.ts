// Bad input over gRPC: bytes that are no message, or a message cut or flipped anywhere, get an ordinary answer.
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { CommitRequest } from '@org/contract/gen/flags/v1/admin_service';
import { EvaluateRequest } from '@org/contract/gen/flags/v1/flag_service';
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import { createRandom } from '@org/tools/cluster/random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation } from './support/callers.ts';
import type { Installation } from './support/callers.ts';
import { readProtoRules } from './support/proto-rules.ts';

let installation: Installation;
let client: Client;
beforeAll(async () => {
  installation = await createInstallation();
  client = new Client(installation.core.grpcUrl.replace('http://', ''), credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await installation.core.close();
});

const same = (bytes: Buffer): Buffer => bytes;

function send(method: string, bytes: Buffer): Promise<string> {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${installation.caller('admin of *').key}`);
  return new Promise((resolve) =>
    client.makeUnaryRequest(`/flags.v1.${method}`, same, same, bytes, metadata, (error) =>
      resolve(error === null ? 'OK' : status[error.code]),
    ),
  );
}

const defects = ['INTERNAL', 'UNKNOWN', 'UNAVAILABLE', 'DATA_LOSS'];
const environment = 'shop/dev';
const document = { type: 'boolean', enabled: true, variants: { on: true }, default: { variant: 'on' } };
const messages: Readonly<Record<string, Buffer>> = {
  'AdminService/Commit': Buffer.from(
    CommitRequest.encode(
      CommitRequest.fromJSON({ environment, dryRun: true, changes: [{ kind: 'flag', key: 'a', document }] }),
    ).finish(),
  ),
  'FlagService/Evaluate': Buffer.from(
    EvaluateRequest.encode({
      environment,
      flagKey: 'a',
      context: { targetingKey: 'u', list: [1, null] },
    }).finish(),
  ),
  'EventService/Record': Buffer.from(
    RecordRequest.encode(
      RecordRequest.fromJSON({
        environment,
        instanceId: 'i',
        sequence: 1,
        events: [{ timeMs: 1, metric: { name: 'm', value: 2, units: { user: 'u' } } }],
      }),
    ).finish(),
  ),
};

it.each(Object.keys(messages))('answers %s cut off at any byte', async (method) => {
  const whole = messages[method]!;
  for (let length = 0; length < whole.length; length++) {
    expect(defects, `cut at ${length}`).not.toContain(await send(method, whole.subarray(0, length)));
  }
});

it('answers messages with flipped bits', async () => {
  const random = createRandom(4711);
  const methods = Object.keys(messages);
  for (let round = 0; round < 1_000; round++) {
    const method = methods[round % methods.length]!;
    const bytes = Buffer.from(messages[method]!);
    for (let flip = 0; flip <= random() * 4; flip++)
      bytes[Math.floor(random() * bytes.length)]! ^= 1 << (random() * 8);
    expect(defects, bytes.toString('hex')).not.toContain(await send(method, bytes));
  }
});

it('answers random bytes for every unary method', async () => {
  const random = createRandom(42);
  for (const { service, method, streaming } of readProtoRules()) {
    if (streaming) continue;
    for (let round = 0; round < 20; round++) {
      const bytes = Buffer.from(
        Array.from({ length: Math.floor(random() * 64) }, () => Math.floor(random() * 256)),
      );
      const name = `${service}/${method}`;
      expect(defects, `${name} ${bytes.toString('hex')}`).not.toContain(await send(name, bytes));
    }
  }
});

it('answers a message nested deeper than anybody needs', async () => {
  let value = Buffer.from([0x08, 0x00]);
  while (value.length < 50_000) {
    // Value{list_value: ListValue{values: [value]}}
    const list = Buffer.concat([Buffer.from([0x0a]), varint(value.length), value]);
    value = Buffer.concat([Buffer.from([0x32]), varint(list.length), list]);
  }
  const entry = Buffer.concat([Buffer.from([0x0a, 0x01, 0x61, 0x12]), varint(value.length), value]);
  const struct = Buffer.concat([Buffer.from([0x0a]), varint(entry.length), entry]);
  const bytes = Buffer.concat([Buffer.from([0x12, 0x01, 0x61, 0x1a]), varint(struct.length), struct]);
  expect(await send('FlagService/Evaluate', bytes)).toBe('INVALID_ARGUMENT');
});

it('is still there', async () => {
  expect(await send('FlagService/Evaluate', messages['FlagService/Evaluate']!)).toBe('OK');
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
