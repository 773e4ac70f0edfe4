// The profile file: addresses and keys by name. Holds secrets, so nobody but its owner may read it, and it is written so.
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError } from './exit-codes.ts';
import type { Io } from './io.ts';

/** What a profile says; everything may be left out. */
export interface Profile {
  readonly url?: string;
  readonly key?: string;
  readonly environment?: string;
  readonly author?: string;
}

export interface ProfileFile {
  /** The profile that is used when none is named. */
  readonly current?: string;
  readonly profiles: { readonly [name: string]: Profile };
}

const bytesMax = 256 * 1024;
const members: ReadonlySet<string> = new Set(['url', 'key', 'environment', 'author']);

/** `FLAGSCTL_CONFIG`, else `flagsctl/profiles.json` in the user's configuration folder. */
export function profilePath({ env }: Io): string {
  const folder = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return env['FLAGSCTL_CONFIG'] || join(folder, 'flagsctl', 'profiles.json');
}

/** The file's contents; an empty file where there is none. @throws CliError */
export function readProfiles(path: string): ProfileFile {
  let text: string;
  try {
    const { mode, size } = statSync(path);
    // Windows has no such bits.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new CliError(`${path} can be read by others: chmod 600 ${path}`);
    if (size > bytesMax) throw new CliError(`${path} is larger than ${bytesMax} bytes`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { profiles: {} };
    throw error instanceof CliError ? error : new CliError(`${path} cannot be read: ${String(error)}`);
  }
  return checkProfiles(text, path);
}

/** Replaces the file in one step, readable by its owner only. */
export function writeProfiles(path: string, file: ProfileFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

function checkProfiles(text: string, path: string): ProfileFile {
  const wrong = (what: string): CliError => new CliError(`${path}: ${what}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message would quote the file, which holds keys.
    throw wrong('is no JSON');
  }
  const { current, profiles } = isObject(parsed) ? parsed : {};
  if (!isObject(profiles)) throw wrong('"profiles" must be an object');
  if (current !== undefined && typeof current !== 'string') throw wrong('"current" must be a name');
  for (const [name, profile] of Object.entries(profiles)) {
    if (!isObject(profile)) throw wrong(`profile "${name}" must be an object`);
    for (const [member, value] of Object.entries(profile)) {
      if (!members.has(member)) throw wrong(`profile "${name}" has an unknown member "${member}"`);
      if (typeof value !== 'string') throw wrong(`profile "${name}": ${member} must be a text`);
    }
  }
  return parsed as ProfileFile;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
