// The backup file: a header line, a line per row, a last line with their count and the SHA-256 of everything before it.
// Plain JSON lines: the same file restores into SQLite and into PostgreSQL.
import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import type { SqlValue } from '../store/sql-driver.ts';

export interface BackupHeader {
  readonly format: 'flags-backup';
  readonly formatVersion: 1;
  /** The newest step of the main database's tables. */
  readonly schemaVersion: number;
  readonly createdAt: string;
  /** Columns by table. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
}

export interface BackupRow {
  readonly table: string;
  readonly values: readonly SqlValue[];
}

interface BackupFooter {
  readonly rows: number;
  readonly sha256: string;
}

/** Why a file is no backup, or no longer one. */
export class BackupError extends Error {
  constructor(message: string) {
    super(`[BACKUP_DAMAGED] ${message}`);
    this.name = 'BackupError';
  }
}

/** A line longer than every row can be: stops reading of what is no backup. */
const lineCharsMax = 16 * 1024 * 1024;
const flushCharsMin = 1024 * 1024;

/** Writes beside the target and renames at the end: a file under the target's name is always whole. */
export async function writeBackup(
  path: string,
  header: BackupHeader,
  rows: AsyncIterable<BackupRow>,
): Promise<BackupFooter> {
  const partial = `${path}.partial`;
  // It holds hashes of keys. A file that is left over would keep its mode.
  await rm(partial, { force: true });
  const file = await open(partial, 'w', 0o600);
  try {
    const footer = await writeLines(file, header, rows);
    await file.sync();
    await file.close();
    await rename(partial, path);
    return footer;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

async function writeLines(
  file: FileHandle,
  header: BackupHeader,
  rows: AsyncIterable<BackupRow>,
): Promise<BackupFooter> {
  const hash = createHash('sha256');
  let pending = '';
  const write = async (line: string, flush: boolean): Promise<void> => {
    pending += `${line}\n`;
    if (!flush && pending.length < flushCharsMin) return;
    hash.update(pending);
    await file.write(pending);
    pending = '';
  };
  let count = 0;
  await write(JSON.stringify(header), false);
  for await (const { table, values } of rows) {
    count += 1;
    await write(JSON.stringify([table, ...values]), false);
  }
  if (pending !== '') {
    hash.update(pending);
    await file.write(pending);
  }
  const footer: BackupFooter = { rows: count, sha256: hash.digest('hex') };
  await file.write(`${JSON.stringify(footer)}\n`);
  return footer;
}

/**
 * Reads a whole file and answers its header if nothing is missing, added or altered.
 *
 * @throws {BackupError}
 */
export async function verifyBackup(path: string): Promise<BackupHeader> {
  const hash = createHash('sha256');
  let header: BackupHeader | undefined;
  let footer: BackupFooter | undefined;
  let lines = 0;
  for await (const { text, isLast } of linesOf(path)) {
    if (isLast) {
      footer = parse<BackupFooter>(text);
      continue;
    }
    hash.update(`${text}\n`);
    header ??= parse<BackupHeader>(text);
    lines += 1;
  }
  if (header?.format !== 'flags-backup' || footer === undefined)
    throw new BackupError('The file is not a whole backup.');
  if (header.formatVersion !== 1)
    throw new BackupError('The file has a format that this version does not know.');
  if (footer.sha256 !== hash.digest('hex'))
    throw new BackupError('The checksum does not fit: the file was altered or cut.');
  if (footer.rows !== lines - 1) throw new BackupError('The number of rows does not fit.');
  return header;
}

/** The rows of a verified file. @throws {BackupError} */
export async function* readBackup(path: string): AsyncIterable<BackupRow> {
  let first = true;
  for await (const { text, isLast } of linesOf(path)) {
    if (!first && !isLast) {
      const [table, ...values] = parse<[string, ...SqlValue[]]>(text);
      yield { table, values };
    }
    first = false;
  }
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new BackupError('A line is not JSON.');
  }
}

/** Lines of a file that must end with a line feed; exact, byte for byte: invalid UTF-8 does not pass. */
async function* linesOf(path: string): AsyncIterable<{ readonly text: string; readonly isLast: boolean }> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const file = await open(path, 'r');
  let rest = '';
  let held: string | undefined;
  try {
    for await (const chunk of file.createReadStream()) {
      const lines = (rest + decode(decoder, chunk as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > lineCharsMax) throw new BackupError('A line is too long.');
      for (const line of lines) {
        if (held !== undefined) yield { text: held, isLast: false };
        held = line;
      }
    }
    decode(decoder);
  } finally {
    await file.close();
  }
  if (rest !== '' || held === undefined) throw new BackupError('The file is cut.');
  yield { text: held, isLast: true };
}

/** Without a chunk: the end, where nothing may be left over. */
function decode(decoder: TextDecoder, chunk?: Buffer): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new BackupError('The file is not UTF-8.');
  }
}
