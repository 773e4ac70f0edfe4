// A core as a process of its own, and runs of the command line against it, for tests.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { run } from '../run.ts';

const main = fileURLToPath(new URL('../../../core/src/main.ts', import.meta.url));
/** Lives as long as the test. */
const adminKey = 'flags_p_admin_0123456789abcdefghijklmnopqrstuvwxyz';

/** What a run came to. */
export interface RunResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command line in a folder of its own. */
export interface TestShell {
  readonly folder: string;
  /** Runs the words; `stdin` is what comes in. */
  readonly flagsctl: (words: readonly string[], stdin?: string) => Promise<RunResult>;
  readonly env: Record<string, string | undefined>;
  close(): void;
}

/** Without a server: nothing is set. */
export function openShell(env: Record<string, string | undefined> = {}): TestShell {
  const folder = mkdtempSync(join(tmpdir(), 'flagsctl-'));
  const variables: Record<string, string | undefined> = {
    FLAGSCTL_CONFIG: join(folder, 'profiles.json'),
    ...env,
  };
  return {
    folder,
    env: variables,
    async flagsctl(words, stdin = '') {
      let [out, err] = ['', ''];
      const code = await run(words, {
        stdout: (text) => void (out += text),
        stderr: (text) => void (err += text),
        readStdin: async () => stdin,
        env: variables,
        folder,
      });
      return { code, out, err };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A core on free ports, with further variables of its own, and a shell whose variables name it, its admin and `shop/production`. */
export async function startCore(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestShell & { close(): Promise<void> }> {
  const data = mkdtempSync(join(tmpdir(), 'flagsctl-core-'));
  const child = spawn(process.execPath, ['--conditions=@org/source', main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      FLAGS_DATA_DIR: data,
      FLAGS_GRPC_ADDRESS: '127.0.0.1:0',
      FLAGS_HTTP_ADDRESS: '127.0.0.1:0',
      FLAGS_BOOTSTRAP_ADMIN_KEY: adminKey,
      ...settings,
    },
  });
  const gone = new Promise<never>((_, reject) =>
    child.once('exit', (code) => reject(new Error(`the core ended (${code})`))),
  );
  gone.catch(() => undefined);
  const address = await Promise.race([readAddress(child.stdout), gone]);
  const shell = openShell({
    FLAGSCTL_URL: `http://${address}`,
    FLAGSCTL_KEY: adminKey,
    FLAGSCTL_ENV: 'shop/production',
    FLAGSCTL_AUTHOR: 'ada',
  });
  await shell.flagsctl(['project', 'create', 'shop']);
  await shell.flagsctl(['env', 'create', 'shop/production']);
  return {
    ...shell,
    async close() {
      child.kill();
      await gone.catch(() => undefined);
      rmSync(data, { recursive: true, force: true });
      shell.close();
    },
  };
}

async function readAddress(stdout: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: stdout });
  for await (const line of lines) {
    const { msg, http } = JSON.parse(line) as { msg?: string; http?: string };
    if (msg !== 'ready' || http === undefined) continue;
    // What else it logs has to go somewhere.
    stdout.resume();
    return http;
  }
  throw new Error('the core said nothing');
}
