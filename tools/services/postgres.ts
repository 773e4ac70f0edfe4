// A real PostgreSQL server of one's own for a test: temporary directory, free loopback port, durable settings. Can be
// killed and restarted. Never touches a server that is already there.
import { chmod, chown, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { resolvePostgres } from './postgres-binaries.ts';
import { runCommand, tryCommand } from './run-command.ts';
import { spawnService, type ServiceProcess } from './service-process.ts';

/** A running PostgreSQL server. */
export interface PostgresServer {
  /** Connection URL of the database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly pid: number;
  /** Makes an empty database and returns its URL. */
  newDatabase(): Promise<string>;
  /** SIGKILL to the postmaster, as a crash would be. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Starts again after `kill` or `stop`; waits for the old back ends to die. */
  restart(): Promise<void>;
  /** Stops the server and removes its directory. */
  close(): Promise<void>;
}

/** Settings of a test server. */
export interface PostgresOptions {
  /** Put the data here (e.g. a small tmpfs) instead of the temporary directory. */
  readonly parentDirectory?: string;
  /** More `-c name=value` settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const startMsMax = 60_000;
const restartPauseMs = 200;
// Set although they are the defaults: the tests of lost commits mean nothing without them.
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/**
 * Starts a server and waits until it accepts connections.
 *
 * @throws with the server's output when it does not come up.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const account = await unprivilegedAccount();
  const directory = await mkdtemp(join(options.parentDirectory ?? tmpdir(), 'flags-pg-'));
  await chmod(directory, 0o755);
  await giveTo(account, directory);
  const binaries = await readableBinaries(await resolvePostgres(), account, directory);
  const data = join(directory, 'data');
  const initialise = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  await runCommand(join(binaries, 'initdb'), initialise, { ...account, cwd: directory });
  const port = await freePort();
  const start = (): Promise<ServiceProcess> =>
    startUntilReady(binaries, data, port, options.settings ?? {}, account);
  return control(await start(), start, port, directory);
}

function control(
  first: ServiceProcess,
  start: () => Promise<ServiceProcess>,
  port: number,
  directory: string,
): PostgresServer {
  let server = first;
  let databases = 0;
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${String(port)}/${database}`;
  return {
    url: url('postgres'),
    port,
    dataDirectory: join(directory, 'data'),
    get pid() {
      return server.pid;
    },
    newDatabase: async () => {
      databases += 1;
      const name = `test_${String(databases)}_${String(process.pid)}`;
      await query(url('postgres'), `CREATE DATABASE ${name}`);
      return url(name);
    },
    kill: () => server.end('SIGKILL'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    restart: async () => {
      await server.end('SIGINT');
      server = await start();
    },
    close: async () => {
      await server.end('SIGINT');
      await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

/** After a crash the lock file keeps new servers out until the old back ends are gone: try until one stays up. */
async function startUntilReady(
  binaries: string,
  data: string,
  port: number,
  settings: Readonly<Record<string, string>>,
  account: Account,
): Promise<ServiceProcess> {
  const deadline = performance.now() + startMsMax;
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...durable, ...settings };
  const args = ['-D', data, '-p', String(port)];
  for (const [name, value] of Object.entries(all)) args.push('-c', `${name}=${value}`);
  for (;;) {
    const attempt = await startOnce(join(binaries, 'postgres'), args, account, dirname(data));
    if (attempt.ready) return attempt.service;
    if (performance.now() > deadline)
      throw new Error(`PostgreSQL does not start: ${attempt.service.output()}`);
    await pause(restartPauseMs);
  }
}

async function startOnce(
  command: string,
  args: readonly string[],
  account: Account,
  cwd: string,
): Promise<{ ready: boolean; service: ServiceProcess }> {
  let announce: (ready: boolean) => void = () => undefined;
  const ready = new Promise<boolean>((settle) => (announce = settle));
  const onLine = (line: string): void => {
    if (line.includes('database system is ready to accept connections')) announce(true);
  };
  const service = spawnService({ command, args, cwd, ...account, onLine });
  void service.ended.then(() => announce(false));
  return { ready: await ready, service };
}

/** PostgreSQL refuses to run as root: then `postgres` or `nobody` runs it. */
async function unprivilegedAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts.find((candidate) => candidate[0] === name);
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error('PostgreSQL does not run as root and there is neither a user "postgres" nor "nobody"');
}

async function giveTo(account: Account, path: string): Promise<void> {
  if (account.uid !== undefined && account.gid !== undefined) await chown(path, account.uid, account.gid);
}

/** The working tree may lie where the other account may not look (e.g. under /root): then the server is copied. */
async function readableBinaries(binaries: string, account: Account, directory: string): Promise<string> {
  const trial = await tryCommand(join(binaries, 'postgres'), ['--version'], { ...account, cwd: directory });
  if (trial.code === 0) return binaries;
  const copy = join(directory, 'server');
  await cp(dirname(binaries), copy, { recursive: true, verbatimSymlinks: true });
  const answer = await tryCommand(join(copy, basename(binaries), 'postgres'), ['--version'], { ...account });
  if (answer.code !== 0)
    throw new Error(`the PostgreSQL server does not run here: ${trial.stderr || answer.stderr}`);
  return join(copy, basename(binaries));
}
