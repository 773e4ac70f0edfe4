// Salted hashes of literals, remembered while the same contexts are evaluated again and again. Holds hashes of a page's
// own attributes only; never sends or stores them.
import { sha256Prefix } from './sha256.ts';

/** Pairs of salt and literal remembered; a page seldom has more than its context's attributes. */
const rememberedMax = 256;

/** `digest` of the evaluator: the first 16 hexadecimal digits of SHA-256 over `salt:literal`. */
export const createDigest = (): ((salt: string, literal: string) => string) => {
  const remembered = new Map<string, string>();
  return (salt, literal) => {
    const text = `${salt}:${literal}`;
    let hash = remembered.get(text);
    if (hash === undefined) {
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(text, (hash = sha256Prefix(text)));
    }
    return hash;
  };
};
