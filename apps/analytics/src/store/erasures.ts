// Which units were erased, up to which position of the log, beside the DuckDB file: the log still holds their events, and
// whoever makes the file again must leave them out. Holds hashes only.
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What was erased. */
export interface Erasures {
  /** Durable when it returns. Events of the unit up to this position are left out from now on. */
  add(environmentId: string, kind: string, unit: string, position: number): void;
  /** Whether an event at this position belongs to a unit that was erased later. */
  has(environmentId: string, units: Readonly<Record<string, string>>, position: number): boolean;
}

/** Reads the file; there is none before the first erasure. */
export function openErasures(path: string): Erasures {
  const positions = new Map<string, number>();
  let last = 0;
  const hold = (hash: string, position: number): void => {
    positions.set(hash, Math.max(position, positions.get(hash) ?? 0));
    last = Math.max(last, position);
  };
  for (const line of readLines(path)) {
    const [hash, position] = line.split(' ');
    // A line that was cut off by a crash was never acknowledged.
    if (hash?.length === hashChars && /^\d+$/.test(position ?? '')) hold(hash, Number(position));
  }
  return {
    add(environmentId, kind, unit, position) {
      const hash = hashOf(environmentId, kind, unit);
      const file = openSync(path, 'a', 0o600);
      try {
        writeSync(file, `\n${hash} ${position} `);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      hold(hash, position);
    },
    has(environmentId, units, position) {
      if (position > last) return false;
      return Object.entries(units).some(
        ([kind, unit]) => position <= (positions.get(hashOf(environmentId, kind, unit)) ?? -1),
      );
    },
  };
}

const hashChars = 64;

const hashOf = (environmentId: string, kind: string, unit: string): string =>
  createHash('sha256')
    .update(JSON.stringify([environmentId, kind, unit]))
    .digest('hex');

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
