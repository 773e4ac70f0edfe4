// What a command works with: the clients it asks, and where it prints. Made anew for each run; connects to nothing by itself.
import { AdminError, createAdminClient, type AdminClient, type EnvironmentClient } from '@org/flags-admin';
import type { Command } from 'commander';
import { CliError } from './exit-codes.ts';
import type { Io } from './io.ts';
import { printable } from './output/printable.ts';
import { readSettings, type GlobalOptions } from './settings.ts';

export interface Session {
  readonly io: Io;
  readonly json: boolean;
  /** @throws CliError */
  admin(): AdminClient;
  /** The environment of the settings, or another one. @throws CliError */
  environment(environment?: string): EnvironmentClient;
  /** JSON of the value, or lines for people. */
  print(value: unknown, lines: () => readonly string[]): void;
}

export function openSession(options: GlobalOptions, io: Io): Session {
  const json = options.json ?? false;
  const admin = (): AdminClient => {
    const settings = readSettings(options, io);
    const seconds = options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 };
    try {
      return createAdminClient({ url: settings.url, key: settings.key(), ...seconds });
    } catch (error) {
      throw error instanceof AdminError ? new CliError(error.message) : error;
    }
  };
  return {
    io,
    json,
    admin,
    environment(environment) {
      const settings = readSettings(options, io);
      return admin().environment(environment ?? settings.environment(), { author: settings.author });
    },
    print(value, lines) {
      if (json) io.stdout(`${JSON.stringify(value, undefined, 2)}\n`);
      else for (const line of lines()) io.stdout(`${printable(line)}\n`);
    },
  };
}

/** What a command does: its session, its own options, its arguments. */
export type Action<Options> = (session: Session, options: Options, ...args: string[]) => Promise<void> | void;

/** Makes an action what commander wants to have. */
export const act =
  <Options extends object>(io: Io, action: Action<Options>) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const args = given.slice(0, -2) as string[];
    const options = command.optsWithGlobals<GlobalOptions & Options>();
    await action(openSession(options, io), options, ...args);
  };
