// gRPC's framing of messages: one byte of flags, four bytes of length, the message. Must never buffer more than one
// message of the largest size allowed.
import { FlagsError, grpcStatus } from '../errors.ts';
import { messageBytesMax } from '../limits.ts';

const headerBytes = 5;

/** A message as it travels. */
export const frameMessage = (message: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(headerBytes + message.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, headerBytes);
  return frame;
};

/** Puts messages together from chunks cut anywhere. */
export interface FrameReader {
  /** @throws FlagsError when a frame is compressed or too large. */
  push(chunk: Buffer): void;
  /** Bytes of a message that is not complete yet. */
  readonly held: number;
}

/** Calls back with every complete message; the bytes are valid during the call only. */
export const createFrameReader = (onMessage: (message: Buffer) => void): FrameReader => {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = headerBytes;

  const joined = (): Buffer => {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    chunks = [all];
    return all;
  };

  return {
    get held() {
      return held;
    },
    push(chunk) {
      chunks.push(chunk);
      held += chunk.length;
      while (held >= needed) {
        const all = joined();
        const length = all.readUInt32BE(1);
        if (all[0] !== 0)
          throw new FlagsError('CALL_FAILED', 'compressed message', { status: grpcStatus.unimplemented });
        if (length > messageBytesMax)
          throw new FlagsError('CALL_FAILED', `message of ${length} bytes; at most ${messageBytesMax}`);
        needed = headerBytes + length;
        if (held < needed) return;
        const message = all.subarray(headerBytes, needed);
        chunks = held > needed ? [all.subarray(needed)] : [];
        held -= needed;
        needed = headerBytes;
        onMessage(message);
      }
    },
  };
};
