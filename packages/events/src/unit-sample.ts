// How many distinct units there were, from a bounded set of hashes: the least 256 of them (KMV, Bar-Yossef et al. 2002). Exact
// below 256 units, within about 6 % (one standard error) beyond. Samples add up exactly, in any order. Pure.
import { unitsOf } from './units.ts';

/** Hashes kept. */
export const unitSampleMax = 256;
const hashes = 2 ** 32;

/** A 32-bit hash of the unit a context names (kind `user`, else the first by name); undefined when it names none. */
export const unitHashOf = (context: unknown): number | undefined => {
  const units = unitsOf(context);
  const kind = 'user' in units ? 'user' : Object.keys(units).sort()[0];
  if (kind === undefined) return undefined;
  const text = `${kind}/${units[kind]!}`;
  // FNV-1a over UTF-16, mixed at the end as murmur3 does: the least hashes must be a fair sample.
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** Distinct units. */
export interface UnitSample {
  add(hash: number): void;
  /** How many distinct ones; an estimate from 256 on. */
  estimate(): number;
  /** Ascending. */
  toHashes(): number[];
}

/** Empty. */
export const createUnitSample = (): UnitSample => {
  let kept = new Set<number>();
  let greatest = Infinity;
  const shrink = (): void => {
    const least = [...kept].sort((a, b) => a - b).slice(0, unitSampleMax);
    kept = new Set(least);
    if (least.length === unitSampleMax) greatest = least[unitSampleMax - 1]!;
  };
  return {
    add(hash) {
      if (hash > greatest) return;
      kept.add(hash);
      // Sorted now and then only: adding stays cheap.
      if (kept.size >= 2 * unitSampleMax) shrink();
    },
    estimate() {
      if (kept.size < unitSampleMax) return kept.size;
      shrink();
      return Math.round(((unitSampleMax - 1) * hashes) / (greatest + 1));
    },
    toHashes() {
      return [...kept].sort((a, b) => a - b).slice(0, unitSampleMax);
    },
  };
};
