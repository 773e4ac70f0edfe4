// Which units were erased, up to which position of the log and which moment, beside the DuckDB file: the log still holds their events, and
// whoever makes the file again must leave them out. Holds hashes only.
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What was erased. */
export interface Erasures {
  /** Durable when it returns. Events of the unit up to there are left out from now on. */
  add(environmentId: string, kind: string, unit: string, upTo: ErasedUpTo): void;
  /** What another process added, by its text. Durable when it returns. */
  addText(text: string): void;
  /** Nothing was erased so far. */
  isEmpty(): boolean;
  /** Whether an event belongs to a unit that was erased later. */
  has(
    environmentId: string,
    units: Readonly<Record<string, string>>,
    position: number,
    timeMs: number,
  ): boolean;
}

/** Events before either of the two are erased: a batch may be sent again, and lie in the log once more, long after. */
export interface ErasedUpTo {
  readonly position: number;
  /** Unix milliseconds. */
  readonly timeMs: number;
}

/** Reads the file; there is none before the first erasure. */
export function openErasures(path: string): Erasures {
  const held = new Map<string, ErasedUpTo>();
  let last: ErasedUpTo = { position: 0, timeMs: 0 };
  const hold = (hash: string, upTo: ErasedUpTo): void => {
    held.set(hash, later(upTo, held.get(hash) ?? upTo));
    last = later(last, upTo);
  };
  const isHeld = (line: string): boolean => {
    const [hash = '', position, timeMs] = line.split(' ');
    const known = held.get(hash);
    return known !== undefined && Number(position) <= known.position && Number(timeMs) <= known.timeMs;
  };
  const read = (line: string): void => {
    const [hash, position, timeMs = ''] = line.split(' ');
    // A line that was cut off by a crash was never acknowledged.
    if (hash?.length === hashChars && /^\d+$/.test(position ?? ''))
      hold(hash, { position: Number(position), timeMs: Number(timeMs) });
  };
  for (const line of readLines(path)) read(line);
  const addText = (text: string): void => {
    if (isHeld(text)) return;
    const file = openSync(path, 'a', 0o600);
    try {
      writeSync(file, `\n${text} `);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    read(text);
  };
  const isBefore = ({ position, timeMs }: ErasedUpTo, upTo: ErasedUpTo): boolean =>
    position <= upTo.position || timeMs <= upTo.timeMs;
  return {
    add: (environmentId, kind, unit, upTo) => addText(erasureText({ environmentId, kind, unit }, upTo)),
    addText,
    isEmpty: () => held.size === 0,
    has(environmentId, units, position, timeMs) {
      const event = { position, timeMs };
      if (held.size === 0 || !isBefore(event, last)) return false;
      return Object.entries(units).some(([kind, unit]) => {
        const upTo = held.get(hashOf(environmentId, kind, unit));
        return upTo !== undefined && isBefore(event, upTo);
      });
    },
  };
}

/** An erasure as it is kept: without the unit itself. */
export const erasureText = (
  {
    environmentId,
    kind,
    unit,
  }: { readonly environmentId: string; readonly kind: string; readonly unit: string },
  { position, timeMs }: ErasedUpTo,
): string => `${hashOf(environmentId, kind, unit)} ${position} ${timeMs}`;

const later = (left: ErasedUpTo, right: ErasedUpTo): ErasedUpTo => ({
  position: Math.max(left.position, right.position),
  timeMs: Math.max(left.timeMs, right.timeMs),
});

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
