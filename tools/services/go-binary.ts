// Builds a command from its pinned Go module into the cache, when Go is there. The Go checksum database vouches for the
// sources.
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, report, withInstallLock } from './cache.ts';
import { findOnPath, isExecutable, tryCommand } from './run-command.ts';

/** A command of a Go module at one version. */
export interface GoCommand {
  /** Import path of the command, e.g. `github.com/nats-io/nats-server/v2`. */
  readonly path: string;
  readonly version: string;
  /** File name that `go install` gives it. */
  readonly name: string;
}

/** Path of the built command; undefined (and a line on stderr) when Go is missing or the build fails. */
export async function buildGoCommand(command: GoCommand): Promise<string | undefined> {
  const directory = join(cacheDirectory, 'go', `${command.name}-${command.version}`);
  const binary = join(directory, command.name);
  if (await isExecutable(binary)) return binary;
  const go = (await findOnPath('go')) ?? (await executableOrUndefined('/usr/local/go/bin/go'));
  if (go === undefined) {
    report(`cannot build ${command.name}: no Go here`);
    return undefined;
  }
  return withInstallLock(`go-${command.name}`, async () => {
    if (await isExecutable(binary)) return binary;
    return (await install(go, command, directory)) ? binary : undefined;
  });
}

async function install(go: string, command: GoCommand, directory: string): Promise<boolean> {
  report(`building ${command.path}@${command.version} with Go (once, into .cache; takes a minute or two)`);
  const scratch = `${directory}.part`;
  await mkdir(scratch, { recursive: true });
  const env = { ...process.env, GOBIN: scratch, GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' };
  const outcome = await tryCommand(go, ['install', `${command.path}@${command.version}`], {
    env,
    cwd: scratch,
  });
  if (outcome.code !== 0) {
    report(`building ${command.name} failed: ${outcome.stderr.trim().slice(-500)}`);
    await rm(scratch, { recursive: true, force: true });
    return false;
  }
  await rename(scratch, directory);
  return true;
}

async function executableOrUndefined(path: string): Promise<string | undefined> {
  return (await isExecutable(path)) ? path : undefined;
}
