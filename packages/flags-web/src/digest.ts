// Salted hashes of literals, remembered while the same contexts are evaluated again and again. Holds hashes of a page's
// own attributes only; never sends or stores them.
import { rememberedMax } from './limits.ts';
import { sha256Prefix } from './sha256.ts';

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
