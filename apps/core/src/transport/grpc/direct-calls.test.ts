// Calls that are served ahead of grpc-js: whatever way their bytes are cut, and the calls that are left to it.
import { once } from 'node:events';
import { connect } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { compressionAlgorithms, status } from '@grpc/grpc-js';
import {
  EvaluateRequest,
  EvaluateResponse,
  EvaluateStreamRequest,
  EvaluateStreamResponse,
} from '@org/contract/gen/flags/v1/flag_service';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callUnary } from '../../testing/call-unary.ts';
import { startFixture, withKey } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';
import { frameOf } from './direct-answer.ts';

let fixture: Fixture;
let session: ClientHttp2Session;
let key: string;

beforeAll(async () => {
  fixture = await startFixture();
  key = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER')).secret;
  session = connect(`http://${fixture.grpcAddress}`);
});
afterAll(async () => {
  session.close();
  await fixture.close();
});

const evaluatePath = '/flags.v1.FlagService/Evaluate';
const request = EvaluateRequest.encode({
  environment: '',
  flagKey: 'new-checkout',
  context: { targetingKey: 'u' },
}).finish();

function open(path: string, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
  return session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${key}`,
    ...headers,
  });
}

interface Answer {
  readonly code: number;
  readonly body: Buffer;
}

/** Sends the pieces one by one, each in a frame of its own, and reads to the end. */
async function exchange(stream: ClientHttp2Stream, pieces: readonly Uint8Array[]): Promise<Answer> {
  const chunks: Buffer[] = [];
  let head: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  stream.on('response', (headers) => (head = headers));
  stream.on('trailers', (headers: IncomingHttpHeaders) => (trailers = headers));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const piece of pieces) await new Promise<void>((sent) => void stream.write(piece, () => sent()));
  stream.end();
  await once(stream, 'close');
  return { code: Number(trailers['grpc-status'] ?? head['grpc-status']), body: Buffer.concat(chunks) };
}

const messageIn = (body: Buffer): EvaluateResponse => EvaluateResponse.decode(body.subarray(5));
const bytesOf = (frame: Buffer): readonly Uint8Array[] => [...frame].map((byte) => Uint8Array.of(byte));

it.each([
  ['in one piece', [frameOf(request)]],
  ['cut behind its header', [frameOf(request).subarray(0, 5), frameOf(request).subarray(5)]],
  ['byte by byte', bytesOf(frameOf(request))],
])('reads a message that comes %s', async (_name, pieces) => {
  const { code, body } = await exchange(open(evaluatePath), pieces);
  expect(code).toBe(status.OK);
  expect(messageIn(body)).toMatchObject({ flagKey: 'new-checkout', value: true });
});

it.each([
  ['no message', [], status.INVALID_ARGUMENT],
  ['half a message', [frameOf(request).subarray(0, 9)], status.INVALID_ARGUMENT],
  ['two messages', [Buffer.concat([frameOf(request), frameOf(request)])], status.INVALID_ARGUMENT],
  [
    'a compression that nobody announced',
    [Buffer.concat([Buffer.from([1]), frameOf(request).subarray(1)])],
    status.INVALID_ARGUMENT,
  ],
  [
    'a message announced as too large',
    [Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])],
    status.RESOURCE_EXHAUSTED,
  ],
])('refuses %s', async (_name, pieces, expected) => {
  expect((await exchange(open(evaluatePath), pieces)).code).toBe(expected);
  expect((await exchange(open('/flags.v1.SyncService/Watch'), pieces)).code).toBe(expected);
});

it.each([evaluatePath, '/flags.v1.SyncService/Watch', '/flags.v1.FlagService/EvaluateStream'])(
  'refuses a caller of %s without a key before its message',
  async (path) => {
    const stream = open(path, { authorization: 'none' });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    expect(headers['grpc-status']).toBe(String(status.UNAUTHENTICATED));
    stream.destroy();
  },
);

it('answers streamed requests that come cut anywhere, and what came before a fault', async () => {
  const streamed = (id: number, flagKey: string): Buffer =>
    frameOf(
      EvaluateStreamRequest.encode({ id, request: { environment: '', flagKey, context: {} } }).finish(),
    );
  const all = Buffer.concat([streamed(1, 'new-checkout'), streamed(2, 'hidden'), streamed(3, 'nobody')]);
  const pieces = [all.subarray(0, 3), all.subarray(3, 40), all.subarray(40)];
  const { code, body } = await exchange(open('/flags.v1.FlagService/EvaluateStream'), pieces);
  expect(code).toBe(status.OK);
  expect(idsIn(body)).toEqual([1, 2, 3]);
  const broken = Buffer.concat([streamed(1, 'new-checkout'), Buffer.from([0, 0xff, 0, 0, 0])]);
  const refused = await exchange(open('/flags.v1.FlagService/EvaluateStream'), [broken]);
  expect(refused.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(idsIn(refused.body)).toEqual([1]);
});

function idsIn(body: Buffer): number[] {
  const ids: number[] = [];
  for (let at = 0; at < body.length; at += 5 + body.readUInt32BE(at + 1)) {
    ids.push(EvaluateStreamResponse.decode(body.subarray(at + 5, at + 5 + body.readUInt32BE(at + 1))).id);
  }
  return ids;
}

it('leaves compressed calls to grpc-js', async () => {
  const compressing = await startFixture({
    clientOptions: { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip },
  });
  const { secret } = await compressing.sdkKey(compressing.environmentId, 'KEY_KIND_SERVER');
  const outcome = await callUnary(
    compressing.flags.evaluate.bind(compressing.flags),
    { environment: '', flagKey: 'new-checkout', context: { text: 'x'.repeat(2_000) } },
    withKey(secret),
  );
  expect(outcome).toMatchObject({ response: { value: true } });
  const stream = compressing.flags.evaluateStream(withKey(secret));
  stream.write({ id: 1, request: { environment: '', flagKey: 'new-checkout', context: {} } });
  expect(await once(stream, 'data')).toMatchObject([{ id: 1, response: { value: true } }]);
  stream.end();
  const watch = compressing.sync.watch(
    { environment: '', historyId: '', revision: 0, hash: '', instance: undefined },
    withKey(secret),
  );
  expect(await once(watch, 'data')).toMatchObject([{ message: { $case: 'snapshot' } }]);
  watch.on('error', () => undefined);
  watch.cancel();
  await compressing.close();
});
