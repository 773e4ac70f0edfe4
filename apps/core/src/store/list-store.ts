// The contents of lists: chunks by their names, never changed and kept as long as the history; and parts of uploads that
// wait for their commit.
import { insertRows, numberOf, textOf } from './rows.ts';
import type { SqlSession } from './sql-driver.ts';

/** Names asked for at once. */
const namesPerRead = 200;

/** Writes what is not there. A name stands for one content. */
export const writeChunks = (
  session: SqlSession,
  environmentId: string,
  chunks: ReadonlyMap<string, Uint8Array>,
): Promise<void> =>
  insertRows(session, {
    table: 'list_chunks',
    columns: ['environment_id', 'name', 'content'],
    rows: [...chunks].map(([name, content]) => [environmentId, name, base64(content)]),
    suffix: 'ON CONFLICT (environment_id, name) DO NOTHING',
  });

/** The chunks that are there, by name. */
export async function readChunks(
  session: SqlSession,
  environmentId: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (let start = 0; start < names.length; start += namesPerRead) {
    const part = names.slice(start, start + namesPerRead);
    const rows = await session.query(
      `SELECT name, content FROM list_chunks WHERE environment_id = $1 AND name IN (${part
        .map((_, index) => `$${index + 2}`)
        .join(', ')})`,
      [environmentId, ...part],
    );
    for (const row of rows) found.set(textOf(row, 'name'), Buffer.from(textOf(row, 'content'), 'base64'));
  }
  return found;
}

/** A part of an upload: 64-bit hashes, eight bytes each. */
export interface ListPartRow {
  readonly environmentId: string;
  readonly upload: string;
  readonly part: number;
  readonly hashes: Uint8Array;
  readonly atMs: number;
}

/** Writes a part, in place of an earlier one of its number; forgets parts older than `oldestMs`. */
export async function writePart(session: SqlSession, row: ListPartRow, oldestMs: number): Promise<void> {
  await session.query('DELETE FROM list_parts WHERE at_ms < $1', [oldestMs]);
  await insertRows(session, {
    table: 'list_parts',
    columns: ['environment_id', 'upload', 'part', 'hashes', 'at_ms'],
    rows: [[row.environmentId, row.upload, row.part, base64(row.hashes), row.atMs]],
    suffix: `ON CONFLICT (environment_id, upload, part) DO UPDATE SET
      hashes = excluded.hashes, at_ms = excluded.at_ms`,
  });
}

/** Parts that an environment has waiting, not counting those of one upload's number that would be replaced. */
export async function countParts(session: SqlSession, environmentId: string): Promise<number> {
  const [row] = await session.query('SELECT COUNT(*) AS n FROM list_parts WHERE environment_id = $1', [
    environmentId,
  ]);
  return row === undefined ? 0 : numberOf(row, 'n');
}

/** The parts of an upload with numbers below `count`, in their order. */
export async function readParts(
  session: SqlSession,
  environmentId: string,
  upload: string,
  count: number,
): Promise<readonly { readonly part: number; readonly hashes: Uint8Array }[]> {
  const rows = await session.query(
    'SELECT part, hashes FROM list_parts WHERE environment_id = $1 AND upload = $2 AND part < $3 ORDER BY part',
    [environmentId, upload, count],
  );
  return rows.map((row) => ({
    part: numberOf(row, 'part'),
    hashes: Buffer.from(textOf(row, 'hashes'), 'base64'),
  }));
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
