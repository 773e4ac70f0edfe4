// The one message of a call that is served directly: unframed as it arrives, weighed while it is incomplete, refused
// before it is read when it is too large. Must never hold more than one message.
import type { ServerHttp2Stream } from 'node:http2';
import { fail, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { overloaded } from '../../limits/admission.ts';
import { leaseFrom } from '../../limits/byte-budget.ts';
import type { ByteBudget } from '../../limits/byte-budget.ts';
import { sizeFault } from '../unary-method.ts';
import { compressed, frameHeaderBytes } from './frame-reader.ts';

export interface MessageLimits {
  readonly bytesMax: number;
  /** Of messages on their way, shared. */
  readonly budget: ByteBudget;
  readonly random: () => number;
}

/** Calls `done` once, with the message or what is wrong with it; never when the client goes away before. */
export function receiveMessage(
  stream: ServerHttp2Stream,
  limits: MessageLimits,
  done: (message: Result<Buffer>) => void,
): void {
  let gather: Gather | undefined;
  let over = false;
  const finish = (message: Result<Buffer>): void => {
    over = true;
    done(message);
  };
  stream.on('data', (chunk: Buffer) => {
    if (over) return;
    // Nearly always: one frame, one message.
    if (gather === undefined && isWhole(chunk, limits.bytesMax))
      return finish(succeed(chunk.subarray(frameHeaderBytes)));
    gather ??= createGather(stream, limits);
    const message = gather(chunk);
    if (message !== undefined) finish(message);
  });
  stream.on('end', () => {
    if (!over) finish(incomplete);
  });
}

function isWhole(chunk: Buffer, bytesMax: number): boolean {
  const { length } = chunk;
  return (
    length >= frameHeaderBytes &&
    length - frameHeaderBytes <= bytesMax &&
    chunk[0] === 0 &&
    chunk.readUInt32BE(1) === length - frameHeaderBytes
  );
}

type Gather = (chunk: Buffer) => Result<Buffer> | undefined;

function createGather(stream: ServerHttp2Stream, { bytesMax, budget, random }: MessageLimits): Gather {
  const lease = leaseFrom(budget);
  stream.once('close', () => lease.release());
  const parts: Buffer[] = [];
  let held = 0;
  let needed = frameHeaderBytes;

  const take = (chunk: Buffer): Result<Buffer> | undefined => {
    if (!lease.take(chunk.length)) return { ok: false, fault: overloaded(random) };
    // A copy: a chunk is a window into all that was read from the connection with it.
    parts.push(Buffer.from(chunk));
    held += chunk.length;
    if (held < needed) return undefined;
    const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts.splice(0, parts.length, all);
    if (all[0] !== 0) return { ok: false, fault: compressed };
    const length = all.readUInt32BE(1);
    const tooLarge = sizeFault(length, bytesMax);
    if (tooLarge !== undefined) return { ok: false, fault: tooLarge };
    needed = frameHeaderBytes + length;
    if (held < needed) return undefined;
    return held === needed ? succeed(all.subarray(frameHeaderBytes)) : secondMessage;
  };
  return (chunk) => {
    const message = take(chunk);
    if (message !== undefined) lease.release();
    return message;
  };
}

const refuse = (rule: string, message: string): { readonly ok: false; readonly fault: Fault } =>
  fail('INVALID_REQUEST', message, { violations: [{ field: '', rule, message }] });
const incomplete = refuse('complete', 'The call ended before its message did.');
const secondMessage = refuse('one_message', 'This method takes one message.');
