// Messages survive any cut of the stream; nothing oversized is buffered.
import { describe, expect, it } from 'vitest';
import { messageBytesMax } from '../limits.ts';
import { createFrameReader, frameMessage } from './frames.ts';

const messages = [Buffer.from('first'), Buffer.alloc(0), Buffer.from('x'.repeat(300)), Buffer.from('ü')];
const stream = Buffer.concat(messages.map(frameMessage));

describe('frame reader', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 64, 1_000])('puts messages together from chunks of %i bytes', (size) => {
    const got: Buffer[] = [];
    const reader = createFrameReader((message) => got.push(Buffer.from(message)));
    for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size));
    expect(got).toEqual(messages);
    expect(reader.held).toBe(0);
  });

  it('knows that it is in the middle of a message', () => {
    const reader = createFrameReader(() => undefined);
    reader.push(stream.subarray(0, 7));
    expect(reader.held).toBeGreaterThan(0);
  });

  it('refuses a message that is too large before it is there', () => {
    const header = Buffer.alloc(5);
    header.writeUInt32BE(messageBytesMax + 1, 1);
    expect(() => createFrameReader(() => undefined).push(header)).toThrow('[CALL_FAILED]');
  });

  it('refuses a compressed message', () => {
    expect(() => createFrameReader(() => undefined).push(Buffer.from([1, 0, 0, 0, 0]))).toThrow('compressed');
  });
});
