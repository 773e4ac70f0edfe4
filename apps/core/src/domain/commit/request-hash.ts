// The hash that tells whether two requests with one idempotency key are the same request.
import { createHash } from 'node:crypto';
import { canonicalJson } from '@org/sync';

/** SHA-256 over the parts' canonical JSON. */
export const requestHash = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(canonicalJson(parts)).digest('hex');
