// Lines, wherever the network cuts them.
import { describe, expect, it } from 'vitest';
import { readLines } from './lines.ts';

const bodyOf = (chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

const linesOf = async (chunks: readonly Uint8Array[]): Promise<string[]> => {
  const lines: string[] = [];
  await readLines(bodyOf(chunks), (line) => lines.push(line));
  return lines;
};

describe('readLines', () => {
  it('finds the same lines wherever the chunks are cut', async () => {
    const bytes = new TextEncoder().encode('{"a":1}\n\n{"b":"日本 😀"}\nlast\n');
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await linesOf([bytes.slice(0, cut), bytes.slice(cut)])).toEqual([
        '{"a":1}',
        '{"b":"日本 😀"}',
        'last',
      ]);
    }
    expect(await linesOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toHaveLength(3);
  });

  it('drops an unfinished line at the end: it may be cut', async () => {
    expect(await linesOf([new TextEncoder().encode('whole\n{"cut":')])).toEqual(['whole']);
  });

  it('refuses a line without end', async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(97);
    await expect(linesOf(Array.from({ length: 21 }, () => chunk))).rejects.toThrow('line too long');
  });
});
