// Keeps an authority's secrets in one file that only its owner can read, written whole or not at all.
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createAuthoritySeeds, type AuthoritySeeds } from './authority.ts';
import { PushError } from './errors.ts';

/**
 * Reads the secrets of an authority, or makes and stores new ones when there is no such file.
 *
 * @throws PushError when the file holds something else.
 */
export async function loadAuthoritySeeds(path: string): Promise<AuthoritySeeds> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) return parseSeeds(text, path);
  const seeds = await createAuthoritySeeds();
  await writeSecretFile(path, `${JSON.stringify(seeds, undefined, 2)}\n`);
  return seeds;
}

/** Writes a file for its owner alone; readers see the old text or the new one. */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const scratch = `${path}.${String(process.pid)}.part`;
  const file = await open(scratch, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(scratch, path);
}

function parseSeeds(text: string, path: string): AuthoritySeeds {
  const value: unknown = parse(text);
  if (typeof value === 'object' && value !== null) {
    if ('open' in value && value.open === true) return { open: true };
    if ('account' in value && typeof value.account === 'string') return value as AuthoritySeeds;
  }
  throw new PushError('INVALID', `${path} holds no NATS authority`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
