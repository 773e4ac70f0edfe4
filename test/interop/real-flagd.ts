// flagd's own evaluator, in Go, for tests to ask: built from the pinned modules in ./flagd-go, whose sums are committed.
// Without Go on the machine there is none, which is said loudly; with Go, what does not build is a failure.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What the Go program answers; see flagd-go/main.go. */
export interface RawAnswer {
  readonly value: unknown;
  readonly variant: string;
  readonly reason: string;
  readonly error: string;
}

/** A running evaluator. */
export interface RealFlagd {
  /** Asks questions in order; answers come in the same order. */
  ask(questions: readonly object[]): Promise<readonly RawAnswer[]>;
  close(): Promise<void>;
}

/** Builds and starts it; undefined where there is no Go. @throws when it does not build */
export async function startRealFlagd(): Promise<RealFlagd | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'flagd-'));
  const program = join(folder, 'flagd');
  const build = promisify(execFile)('go', ['build', '-o', program, '.'], {
    cwd: fileURLToPath(new URL('flagd-go', import.meta.url)),
    // The sums are committed: nothing but the pinned modules is built.
    env: { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false' },
  });
  const failure = await build.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  if (failure === undefined) return run(program, folder);
  await rm(folder, { recursive: true, force: true });
  if (failure.code !== 'ENOENT') throw failure;
  process.stderr.write("\n!! No Go on this machine: nothing was compared with flagd's own evaluator.\n\n");
  return undefined;
}

function run(program: string, folder: string): RealFlagd {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((answer: RawAnswer) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) =>
    waiting.shift()?.(JSON.parse(line) as RawAnswer),
  );
  const askOne = (question: object): Promise<RawAnswer> =>
    new Promise((resolve, reject) => {
      waiting.push(resolve);
      child.stdin.write(`${JSON.stringify(question)}\n`, (error) => error && reject(error));
    });
  return {
    ask: (questions) => Promise.all(questions.map(askOne)),
    async close() {
      child.stdin.end();
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
