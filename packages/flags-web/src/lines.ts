// Cuts a response body into lines as they arrive. Holds at most one unfinished line, and never more than the limit.

/** Characters of one line: a snapshot of the largest size the contract allows. */
const lineCharsMax = 20 * 1024 * 1024;

/**
 * Calls `onLine` for every line that is not empty, until the body ends.
 * @throws when the body fails or a line is longer than 20 MiB.
 */
export const readLines = async (
  body: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> => {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // Only the new text is searched: a snapshot arrives in hundreds of chunks.
    const [first, ...others] = value.split('\n') as [string, ...string[]];
    rest += first;
    for (const next of others) {
      if (rest) onLine(rest);
      rest = next;
    }
    if (rest.length > lineCharsMax) throw new RangeError('line too long');
  }
};
