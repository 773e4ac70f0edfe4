// Commits all the time while a test does harm, each commit until it is acknowledged, and remembers what was. A commit
// that was still open when the writer stopped has an unknown outcome.
import { setTimeout as pause } from 'node:timers/promises';
import { commitPair, untilAnswered } from './admin-client.ts';
import type { CommitRecord } from './history.ts';

/** Settings of a writer. */
export interface WriterOptions {
  /** The cores, in turn. */
  readonly httpUrls: readonly string[];
  readonly environment: string;
  /** Pause between commits. */
  readonly intervalMs: number;
  /** Distinguishes the writers of a run. */
  readonly name?: string;
  /** Numbers start here, so that those of several writers differ. */
  readonly firstNumber?: number;
}

/** A running writer. */
export interface CommitWriter {
  acknowledged(): number;
  /** Finishes the open commit (or gives it up after `graceMs`) and returns what was done. */
  stop(graceMs?: number): Promise<readonly CommitRecord[]>;
}

/** Starts committing. */
export function startWriter(options: WriterOptions): CommitWriter {
  const records: CommitRecord[] = [];
  const giveUp = new AbortController();
  let stopping = false;
  let acknowledged = 0;
  const run = async (): Promise<void> => {
    for (let index = 0; !stopping; index += 1) {
      const number = (options.firstNumber ?? 1) + index;
      const revision = await commitOne(options, number, index, giveUp.signal);
      records.push(revision === undefined ? { number } : { number, revision });
      if (revision !== undefined) acknowledged += 1;
      await pause(options.intervalMs);
    }
  };
  const running = run();
  return {
    acknowledged: () => acknowledged,
    stop: async (graceMs = 30_000) => {
      stopping = true;
      const timer = setTimeout(() => giveUp.abort(), graceMs);
      await running;
      clearTimeout(timer);
      return records;
    },
  };
}

async function commitOne(
  { httpUrls, environment, name = 'writer' }: WriterOptions,
  number: number,
  index: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  let attempt = index;
  const once = (): Promise<number> => {
    const url = httpUrls[attempt % httpUrls.length] ?? '';
    attempt += 1;
    return commitPair(url, environment, number, `${name}-${String(number)}`);
  };
  return untilAnswered(once, signal).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
}
