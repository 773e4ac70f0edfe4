// Keeps ingesting: at once while there is more, after a short wait at the end of the log, with back-off while the log
// cannot be reached. Never gives up.
import { setTimeout as pause } from 'node:timers/promises';
import { batchesPerStep, type Ingest } from './ingest.ts';

export interface RunIngestOptions {
  readonly open: () => Promise<Ingest>;
  readonly onFailure: (error: unknown) => void;
  /** Called now and then with the position up to which everything is in. */
  readonly makeRoom?: ((upTo: number) => Promise<unknown>) | undefined;
  /** Partitions to hold, where they change; the same set while they do not. Undefined: not known yet, wait. */
  readonly parts?: (() => ReadonlySet<number> | undefined) | undefined;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface RunningIngest {
  /** Undefined until the log was reached. */
  readonly ingest: Ingest | undefined;
  /** Resolves when nothing is being written any more. */
  close(): Promise<void>;
}

const idleMs = 200;
/** Before the end of the log more is awaited, in proportion to what a step takes: large transactions cost less by row. */
const [gatherShare, gatherMsMin, gatherMsMax] = [4, 50, 1_000];
/** A log fills up by batches, not by time. */
const batchesPerLook = 1_000;
const failureMsMin = 250;
const failureMsMax = 5_000;

/** Starts; a failure that cannot be repeated away (another log) goes to `onFailure` again and again. */
export function runIngest(options: RunIngestOptions): RunningIngest {
  const { open, onFailure, makeRoom, parts, now, random } = options;
  const closing = new AbortController();
  let ingest: Ingest | undefined;
  const run = async (): Promise<void> => {
    let failures = 0;
    let batchesSince = 0;
    while (!closing.signal.aborted) {
      let waitMs = 0;
      try {
        const wanted = parts?.();
        const isWaiting = parts !== undefined && wanted === undefined;
        if (!isWaiting) ingest ??= await open();
        if (wanted !== undefined) await ingest?.hold(wanted);
        const begunMs = now();
        const batches = isWaiting ? 0 : await ingest!.step();
        if (batches === 0) waitMs = idleMs;
        else if (batches < batchesPerStep)
          waitMs = Math.min(gatherMsMax, Math.max(gatherMsMin, gatherShare * (now() - begunMs)));
        batchesSince += batches;
        if (batchesSince >= batchesPerLook) {
          batchesSince = 0;
          await makeRoom?.(ingest!.lowestPosition);
        }
        failures = 0;
      } catch (error) {
        onFailure(error);
        waitMs = failureMsMin + random() * Math.min(failureMsMax, failureMsMin * 2 ** failures);
        failures += 1;
      }
      if (waitMs > 0) await pause(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    get ingest() {
      return ingest;
    },
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
