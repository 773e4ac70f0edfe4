// Where the server is, who asks and about what: options before variables before the profile.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from './exit-codes.ts';
import type { Io } from './io.ts';
import { profilePath, readProfiles, type Profile } from './profiles.ts';

/** The options of every command. */
export interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly keyFile?: string;
  readonly env?: string;
  readonly profile?: string;
  readonly author?: string;
  readonly timeout?: number;
  readonly json?: boolean;
}

/** What a command knows of the world. */
export interface Settings {
  readonly url: string;
  /** @throws CliError when none is given anywhere */
  key(): string;
  /** @throws CliError when none is given anywhere */
  environment(): string;
  readonly author: string;
}

const localUrl = 'http://127.0.0.1:7411';

/** @throws CliError */
export function readSettings(options: GlobalOptions, io: Io): Settings {
  const { env } = io;
  const profile = profileOf(options.profile ?? env['FLAGSCTL_PROFILE'], io);
  const need = (value: string | undefined, what: string, option: string, variable: string): string => {
    if (value) return value;
    throw new CliError(
      `no ${what}: give ${option}, set ${variable}, or use a profile (flagsctl profile set)`,
    );
  };
  return {
    url: options.url ?? env['FLAGSCTL_URL'] ?? profile.url ?? localUrl,
    key: () =>
      need(
        options.key ?? keyFrom(options.keyFile, io) ?? env['FLAGSCTL_KEY'] ?? profile.key,
        ...(['key', '--key-file', 'FLAGSCTL_KEY'] as const),
      ),
    environment: () =>
      need(
        options.env ?? env['FLAGSCTL_ENV'] ?? profile.environment,
        ...(['environment', '--env project/environment', 'FLAGSCTL_ENV'] as const),
      ),
    author: options.author ?? env['FLAGSCTL_AUTHOR'] ?? profile.author ?? '',
  };
}

/** A file that holds a key and nothing else. */
function keyFrom(path: string | undefined, { folder }: Io): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(resolve(folder, path), 'utf8').trim();
  } catch (error) {
    throw new CliError(`the key file cannot be read: ${String(error)}`);
  }
}

function profileOf(name: string | undefined, io: Io): Profile {
  const path = profilePath(io);
  const { current, profiles } = readProfiles(path);
  const wanted = name ?? current;
  if (wanted === undefined) return {};
  const profile = Object.hasOwn(profiles, wanted) ? profiles[wanted] : undefined;
  if (profile === undefined) throw new CliError(`there is no profile "${wanted}" in ${path}`);
  return profile;
}
