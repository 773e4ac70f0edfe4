// R27: whatever is poured into the core, its memory stays bounded and it goes on answering.
import { connect } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '@org/tools/services/service-process';
import { createInstallation } from './support/callers.ts';
import type { Installation } from './support/callers.ts';
import { open, request, sendRaw } from './support/raw-http.ts';

const mebibyte = 1024 * 1024;
const growthBytesMax = 64 * mebibyte;
const path = '/flags.v1.FlagService/Evaluate';
let installation: Installation;
let key: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  // Its own limits of overload: they are part of the defence here.
  installation = await createInstallation({});
  ({ key } = installation.caller('server key of shop/dev'));
  // The first requests of a process cost memory once: code, caches, and the heap's slack for large bodies.
  for (let count = 0; count < 50; count++) await evaluate();
  for (let count = 0; count < 20; count++) await Promise.all(Array.from({ length: 10 }, sendLargest));
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await installation.core.close();
});

async function evaluate(): Promise<number> {
  const response = await fetch(`${installation.core.httpUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: '{"flagKey":"a"}',
  });
  await response.text();
  return response.status;
}

/** As much as a request may hold: read as a whole, then refused by its method. */
async function sendLargest(): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const url = `${installation.core.httpUrl}${path}`;
  const response = await fetch(url, { method: 'POST', headers, body: ' '.repeat(mebibyte) });
  await response.text();
}

async function residentBytes(): Promise<number> {
  const text = await (await fetch(`${installation.core.httpUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

/** Runs the flood and expects that memory stayed bounded while and after, and that others were served meanwhile. */
async function expectBounded(flood: (tick: () => Promise<void>) => Promise<void>): Promise<void> {
  const before = await residentBytes();
  let peak = before;
  const tick = async (): Promise<void> => {
    peak = Math.max(peak, await residentBytes());
    expect([200, 429]).toContain(await evaluate());
  };
  await flood(tick);
  await tick();
  expect(peak - before).toBeLessThan(growthBytesMax);
  await untilServed();
}

/** Right after a flood, and on a busy machine at any time, a call may be shed; the next ones are served. */
const untilServed = (): Promise<void> =>
  waitUntil('a call being served', async () => (await evaluate()) === 200);

function pour(head: string): Socket {
  const socket = open(installation.core.httpUrl);
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.resume();
  socket.write(head);
  return socket;
}

const authorized = { 'content-type': 'application/json', authorization: '' };

it('bounds a hundred uploads of a gibibyte each', async () => {
  const declared = request('POST', path, {
    ...authorized,
    authorization: `Bearer ${key}`,
    'content-length': '1073741824',
  });
  const chunk = Buffer.alloc(256 * 1024, 0x20);
  await expectBounded(async (tick) => {
    const uploads = Array.from({ length: 100 }, () => pour(declared));
    for (let round = 0; round < 20; round++) {
      for (const upload of uploads)
        if (upload.writable && upload.writableLength < mebibyte) upload.write(chunk);
      await tick();
    }
    for (const upload of uploads) upload.destroy();
  });
});

it('bounds a hundred chunked uploads without an end', async () => {
  const head = `POST ${path} HTTP/1.1\r\nhost: core\r\ncontent-type: application/json\r\nauthorization: Bearer ${key}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = Buffer.concat([Buffer.from('40000\r\n'), Buffer.alloc(0x40000, 0x20), Buffer.from('\r\n')]);
  await expectBounded(async (tick) => {
    const uploads = Array.from({ length: 100 }, () => pour(head));
    for (let round = 0; round < 20; round++) {
      for (const upload of uploads)
        if (upload.writable && upload.writableLength < mebibyte) upload.write(chunk);
      await tick();
    }
    for (const upload of uploads) upload.destroy();
  });
});

it.each([
  ['that say how large they are', (bomb: Buffer<ArrayBuffer>) => bomb],
  [
    'that lie about it',
    (bomb: Buffer<ArrayBuffer>) => Buffer.concat([bomb.subarray(0, -4), Buffer.from([16, 0, 0, 0])]),
  ],
])(
  'bounds a hundred zip bombs at once %s',
  async (_name, disguise) => {
    const bomb = disguise(gzipSync(Buffer.alloc(512 * mebibyte)));
    await expectBounded(async (tick) => {
      const answers = Array.from({ length: 100 }, async () => {
        const response = await fetch(`${installation.core.httpUrl}${path}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'content-encoding': 'gzip',
            authorization: `Bearer ${key}`,
          },
          body: bomb,
        });
        await response.text();
        return response.status;
      });
      await tick();
      for (const status of await Promise.all(answers)) expect([413, 429]).toContain(status);
    });
  },
  120_000,
);

/** A gRPC stream that has sent so much of a message and goes on sending none of the rest. */
function pourGrpc(
  session: ClientHttp2Session,
  path: string,
  bearer: string | undefined,
  bytes: number,
): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
  });
  stream.on('error', () => undefined);
  stream.resume();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(mebibyte, 1);
  stream.write(Buffer.concat([head, Buffer.alloc(bytes)]));
  return stream;
}

it.each([
  ['unary calls', path],
  ['evaluation streams', '/flags.v1.FlagService/EvaluateStream'],
])('bounds hundreds of unfinished messages of %s over gRPC', async (_name, method) => {
  await expectBounded(async (tick) => {
    const session = connect(installation.core.grpcUrl);
    session.on('error', () => undefined);
    const streams = Array.from({ length: 300 }, () => pourGrpc(session, method, key, 900_000));
    for (let round = 0; round < 20; round++) await tick();
    for (const stream of streams) stream.close();
    session.destroy();
  });
});

it('refuses a gRPC call without a key before its message', async () => {
  const session = connect(installation.core.grpcUrl);
  const stream = pourGrpc(session, path, undefined, 0);
  const headers = await new Promise<IncomingHttpHeaders>((resolve) => stream.on('response', resolve));
  expect(headers['grpc-status']).toBe('16');
  session.destroy();
});

it('reads no body of a caller without a key', async () => {
  const head = request('POST', path, { 'content-type': 'application/json', 'content-length': '1000000' });
  const answer = await sendRaw(installation.core.httpUrl, head);
  expect(answer?.status).toBe(401);
});

it('refuses headers beyond 16 KiB, however they are cut', async () => {
  for (const headers of [
    { 'x-large': 'a'.repeat(20_000) },
    Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`x-${index}`, 'aaaaaaaaaa'])),
  ]) {
    expect(
      (await sendRaw(installation.core.httpUrl, request('GET', '/healthz', headers)))?.status ?? 431,
    ).toBe(431);
  }
  const target = `/${'a'.repeat(20_000)}`;
  expect((await sendRaw(installation.core.httpUrl, request('GET', target)))?.status ?? 431).toBe(431);
});

it('serves others while hundreds send their request byte by byte, and drops those in the end', async () => {
  const slow = Array.from({ length: 300 }, () => pour('POST /v1/watch HTTP/1.1\r\nhost: core\r\n'));
  const closed = slow.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
  for (let count = 0; count < 20; count++) {
    for (const socket of slow) if (socket.writable) socket.write('x');
    await untilServed();
  }
  await Promise.all(closed);
});

it('holds nothing back when all is over', async () => {
  await waitUntil('no bytes and no calls being held', async () => {
    const text = await (await fetch(`${installation.core.httpUrl}/metrics`)).text();
    return /^flags_request_body_bytes 0$/m.test(text) && /^flags_calls_in_flight 0$/m.test(text);
  });
});
