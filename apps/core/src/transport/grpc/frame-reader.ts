// gRPC's framing of messages that arrive one after the other: one byte of flags, four bytes of length, the message. Must
// never hold more than one message of the largest size.
import { fail } from '@org/contract';
import type { Fault } from '@org/contract';
import { sizeFault } from '../unary-method.ts';

/** One byte of flags, four bytes of length. */
export const frameHeaderBytes = 5;

/** Puts messages together from chunks cut anywhere. */
export interface FrameReader {
  /** A fault: the stream cannot be read on. */
  push(chunk: Buffer): Fault | undefined;
}

/** Calls back with every complete message, valid during the call only, as long as it answers true. */
export function createFrameReader(bytesMax: number, onMessage: (message: Buffer) => boolean): FrameReader {
  let rest: Buffer[] = [];
  let held = 0;
  let needed = frameHeaderBytes;

  /** Takes the messages out of what is there; answers where the next one begins. */
  function readAll(all: Buffer): number | Fault {
    let at = 0;
    for (;;) {
      needed = frameHeaderBytes;
      if (all.length - at < needed) return at;
      if (all[at] !== 0) return compressed;
      const length = all.readUInt32BE(at + 1);
      const tooLarge = sizeFault(length, bytesMax);
      if (tooLarge !== undefined) return tooLarge;
      needed = frameHeaderBytes + length;
      if (all.length - at < needed) return at;
      const message = all.subarray(at + frameHeaderBytes, at + needed);
      at += needed;
      if (!onMessage(message)) return all.length;
    }
  }

  return {
    push(chunk) {
      held += chunk.length;
      if (held < needed) {
        // A copy: a chunk is a window into all that was read from the connection with it.
        rest.push(Buffer.from(chunk));
        return undefined;
      }
      const all = rest.length === 0 ? chunk : Buffer.concat([...rest, chunk]);
      const read = readAll(all);
      if (typeof read !== 'number') return read;
      held = all.length - read;
      rest = held === 0 ? [] : [Buffer.from(all.subarray(read))];
      return undefined;
    },
  };
}

const compressedText = 'A compressed message needs the header grpc-encoding.';
/** Calls that announce a compression are not served directly; this one did not announce it. */
export const compressed: Fault = fail('INVALID_REQUEST', compressedText, {
  violations: [{ field: '', rule: 'compression', message: compressedText }],
}).fault;
