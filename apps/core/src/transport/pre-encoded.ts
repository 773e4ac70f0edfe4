// Answers that were encoded before: shared outcomes of evaluations, snapshots that thousands ask for. Encoding is then a
// look-up. The message stays the truth; what is attached must say the same.

/** The two forms of an answer on the wire. */
export interface PreEncoded {
  /** Protobuf. */
  readonly bytes?: Uint8Array;
  /** proto3 JSON text. */
  readonly json?: Uint8Array;
}

const attached = new WeakMap<object, PreEncoded>();

/** Attaches encodings to a message and returns the message. */
export function attachEncoded<T extends object>(message: T, encoded: PreEncoded): T {
  attached.set(message, encoded);
  return message;
}

/** What is attached to the message, if anything. */
export function encodedOf(message: unknown): PreEncoded | undefined {
  return typeof message === 'object' && message !== null ? attached.get(message) : undefined;
}
