// Reads the body of a request within limits: its size as it arrives, the memory of all bodies together, and what it
// unpacks to. Nothing is parsed here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzip } from 'node:zlib';
import { fail, limits, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { overloaded } from '../../limits/admission.ts';
import { leaseFrom } from '../../limits/byte-budget.ts';
import type { ByteBudget, ByteLease } from '../../limits/byte-budget.ts';

const bytesMax = limits.requestBytesMax;

/** Reads to the end, unpacks gzip; the fault says what to answer, and that the rest will not be read. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  budget: ByteBudget,
  random: () => number,
): Promise<Result<Uint8Array>> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') return { ok: false, fault: unknownEncoding };
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return { ok: false, fault: bodyTooLarge };
  if (request.headers.expect !== undefined) response.writeContinue();
  const lease = leaseFrom(budget);
  try {
    const body = await collect(request, lease, random);
    return !body.ok || encoding === 'identity' ? body : await unpack(body.value, lease, random);
  } finally {
    lease.release();
  }
}

function collect(
  request: IncomingMessage,
  lease: ByteLease,
  random: () => number,
): Promise<Result<Uint8Array>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (result: Result<Uint8Array>): void => {
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > bytesMax) return settle({ ok: false, fault: bodyTooLarge });
      if (!lease.take(chunk.length)) return settle({ ok: false, fault: overloaded(random) });
      chunks.push(chunk);
    };
    const onEnd = (): void => settle(succeed(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const onBroken = (): void => settle({ ok: false, fault: brokenBody });
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

/** The output of a decompression is bounded by zlib itself, whatever the input promises. */
function unpack(packed: Uint8Array, lease: ByteLease, random: () => number): Promise<Result<Uint8Array>> {
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return Promise.resolve({ ok: false, fault: notGzip });
  if (promisedBytes(packed) > bytesMax) return Promise.resolve({ ok: false, fault: bodyTooLarge });
  if (!lease.take(bytesMax)) return Promise.resolve({ ok: false, fault: overloaded(random) });
  return new Promise((resolve) => {
    gunzip(packed, { maxOutputLength: bytesMax }, (error, body) => {
      if (error === null) return resolve(succeed(body));
      const tooLarge = 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      resolve({ ok: false, fault: tooLarge ? bodyTooLarge : notGzip });
    });
  });
}

/** What the trailer of gzip says; a lie is found out while unpacking, at more cost. */
function promisedBytes(packed: Uint8Array): number {
  const trailer = packed.length - 4;
  return trailer < 0 ? 0 : new DataView(packed.buffer, packed.byteOffset + trailer).getUint32(0, true);
}

/** Answered with status 413. */
export const bodyTooLarge: Fault = fail('LIMIT_EXCEEDED', `A request holds at most ${bytesMax} bytes.`, {
  violations: [{ field: '', rule: 'max_bytes', message: `At most ${bytesMax} bytes, unpacked too.` }],
}).fault;

const unknownEncoding: Fault = fail('UNIMPLEMENTED', 'Known content encodings: identity, gzip.').fault;
const brokenBody: Fault = fail('INVALID_REQUEST', 'The request ended before its body did.', {
  violations: [{ field: '', rule: 'complete', message: 'The body ended early.' }],
}).fault;
const notGzip: Fault = fail('INVALID_REQUEST', 'The body is not gzip, as its header says.', {
  violations: [{ field: '', rule: 'gzip', message: 'The body cannot be unpacked.' }],
}).fault;
