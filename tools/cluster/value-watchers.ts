// Application processes that tell when a flag answers another number: for what measures or tests how changes arrive.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A client saw a number for the first time; by the machine's monotonic clock, in nanoseconds. */
export interface SeenValue {
  readonly client: number;
  readonly value: number;
  readonly atNs: string;
}

export interface WatchOptions {
  readonly processes: number;
  /** In each process, with connections of their own. */
  readonly clients: number;
  readonly url: string;
  readonly key: string;
  readonly flagKey: string;
}

/** Some processes with clients. */
export interface ValueWatchers {
  /** Resolves when every client answered the number, with the time of the last one; undefined when the time is over. */
  untilAll(value: number, timeoutMs: number): Promise<bigint | undefined>;
  close(): Promise<void>;
}

const worker = fileURLToPath(new URL('value-watcher-worker.ts', import.meta.url));

/** Starts the processes; resolves when every client has a first state. */
export async function startValueWatchers(options: WatchOptions): Promise<ValueWatchers> {
  const all = options.processes * options.clients;
  const seen = new Map<number, Map<string, bigint>>();
  let wake = (): void => undefined;
  const children = Array.from({ length: options.processes }, (_, index) => {
    const child = fork(worker, [JSON.stringify(options)], {
      execArgv: ['--conditions=@org/source'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ready = new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`a watcher ended (${String(code)})`)));
      child.on('message', (message: 'ready' | SeenValue) => {
        if (message === 'ready') return resolve();
        const { client, value, atNs } = message;
        const times = seen.get(value) ?? new Map<string, bigint>();
        seen.set(value, times.set(`${String(index)}-${String(client)}`, BigInt(atNs)));
        wake();
      });
    });
    return { child, ready };
  });
  await Promise.all(children.map(({ ready }) => ready));
  return {
    untilAll: (value, timeoutMs) =>
      new Promise((resolve) => {
        const end = (result: bigint | undefined): void => {
          clearTimeout(timer);
          wake = () => undefined;
          resolve(result);
        };
        const timer = setTimeout(() => end(undefined), timeoutMs);
        wake = () => {
          const times = [...(seen.get(value)?.values() ?? [])];
          if (times.length === all) end(times.reduce((a, b) => (a > b ? a : b)));
        };
        wake();
      }),
    async close() {
      await Promise.all(
        children.map(async ({ child }) => {
          const gone = new Promise((resolve) => child.once('exit', resolve));
          child.disconnect();
          await gone;
        }),
      );
    },
  };
}
