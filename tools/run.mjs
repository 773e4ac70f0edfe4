// Starts every npm script: installs what is missing, then runs tools/tasks/<task>.ts with the pinned Node.
// Must run on any Node 18 or newer with nothing installed, so it imports nothing but Node's own modules.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const nodeMajorMin = 24;
const installWaitMs = 250;
const root = fileURLToPath(new URL('..', import.meta.url));
const binaries = join(root, 'node_modules', '.bin');

await main();

async function main() {
  const [task, ...args] = process.argv.slice(2);
  const file = join(root, 'tools', 'tasks', `${(task ?? '').replaceAll(':', '-')}.ts`);
  if (!task || !existsSync(file)) {
    const tasks = readdirSync(join(root, 'tools', 'tasks')).filter((name) => name.endsWith('.ts'));
    return stop(
      `Usage: node tools/run.mjs <task> [...]\nTasks: ${tasks.map((name) => name.slice(0, -3)).join(', ')}`,
    );
  }
  await ensureInstalled();
  const node = pinnedNode();
  if (node === undefined) {
    return stop(
      `No pinned Node binary for ${process.platform}-${process.arch}: run with a system Node ${nodeMajorMin} or newer (this is ${process.version}).`,
    );
  }
  await runTask(node, ['--conditions=@org/source', file, ...args]);
}

/** Compares what is installed with the lock file; npm writes its own record as the last step of an installation. */
function isInstalled(directory) {
  const wanted = readPackages(join(directory, 'package-lock.json'));
  const present = readPackages(join(directory, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) throw new Error('package-lock.json is missing or unreadable');
  if (present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.link === entry.link;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function ensureInstalled() {
  if (isInstalled(root)) return;
  const lock = join(root, '.cache', 'install.lock');
  mkdirSync(join(root, '.cache'), { recursive: true });
  while (!takeLock(lock)) await new Promise((resolve) => setTimeout(resolve, installWaitMs));
  try {
    if (!isInstalled(root)) install();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** One installation at a time: the lock names its process, and a lock whose process is gone is taken over. */
function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = readOrEmpty(lock);
    // An empty file is an owner between open and write.
    if (owner !== '' && !isAlive(Number(owner))) rmSync(lock, { force: true });
    return false;
  }
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

// Not `npm ci`: it refuses a lock file that was made where a mirror lacks binaries of other platforms. The versions are
// those of the lock file all the same, and --no-save leaves that file as it is.
function install() {
  console.error('Installing dependencies (npm install) ...');
  const args = ['install', '--no-save', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const started = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (started.status !== 0) {
    throw new Error(
      `npm install failed (${started.error?.message ?? `exit ${started.status}`}); its output is above.`,
    );
  }
}

function pinnedNode() {
  const windows = process.platform === 'win32';
  const pinned = join(
    root,
    'node_modules',
    `node-${windows ? 'win' : process.platform}-${process.arch}`,
    'bin',
    windows ? 'node.exe' : 'node',
  );
  // The binary may exist and yet not run here (another C library), so it is asked.
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned;
  return Number(process.versions.node.split('.')[0]) >= nodeMajorMin ? process.execPath : undefined;
}

function runTask(node, args) {
  const env = {
    ...process.env,
    PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}`,
    NX_DAEMON: 'false',
  };
  const child = spawn(node, args, { cwd: root, stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the whole group: the task gets it by itself. Anybody else's goes to this process only.
  process.on('SIGINT', () => void (process.stdin.isTTY || child.kill('SIGINT')));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(stop(error.message)));
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
      resolve(undefined);
    });
  });
}

function stop(message) {
  console.error(message);
  process.exitCode = 1;
}
