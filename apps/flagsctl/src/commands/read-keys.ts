// Keys of units from a command line and from a file with one a line.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError } from '../exit-codes.ts';
import type { Io } from '../io.ts';

const bytesMax = 64 * 1024 * 1024;

/** @throws CliError when there are none */
export async function readKeys(
  given: string | readonly string[] | undefined,
  file: string | undefined,
  io: Io,
): Promise<readonly string[]> {
  const text = file === undefined ? '' : await readLines(file, io);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = [...[given ?? []].flat(), ...lines].filter((key) => key !== '');
  if (keys.length === 0) throw new CliError('no keys were given');
  return keys;
}

async function readLines(file: string, io: Io): Promise<string> {
  if (file === '-') return io.readStdin(bytesMax);
  return readFile(resolve(io.folder, file), 'utf8').catch((error: unknown) => {
    throw new CliError(`${file} cannot be read: ${String(error)}`);
  });
}
