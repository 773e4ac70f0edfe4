// Gives a stopped core's database a history of many revisions, by SQL: to commit them one by one would take an hour. What is
// live stays as it is; only the past gets longer.
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** A history to be made. Each revision changes one document, all of them in turn. */
export interface LongHistory {
  /** postgres://… or the path of the SQLite file. */
  readonly databaseUrl: string;
  readonly environmentId: string;
  readonly revisions: number;
  /** Flags "flag-0" … that revision 1 made. */
  readonly documents: number;
}

/** What a flag was at a revision that changed it, as canonical JSON. */
export const pastFlag = (revision: number | '@'): string =>
  JSON.stringify({
    default: { variant: 'off' },
    description: `as of ${revision}`,
    enabled: true,
    metadata: { note: 'x'.repeat(300) },
    offVariant: 'off',
    type: 'boolean',
    variants: { off: false, on: true },
  });

/** Writes it. @throws when the database does not take it */
export async function writeLongHistory(history: LongHistory): Promise<void> {
  const run = await open(history.databaseUrl);
  try {
    for (const statement of statements(history)) await run.statement(statement);
  } finally {
    await run.close();
  }
}

interface Connection {
  statement(text: string): Promise<unknown>;
  close(): Promise<void>;
}

async function open(databaseUrl: string): Promise<Connection> {
  if (!databaseUrl.startsWith('postgres')) {
    const database = new DatabaseSync(databaseUrl);
    return {
      statement: async (text) => database.exec(text),
      close: async () => database.close(),
    };
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return { statement: (text) => client.query(text), close: () => client.end() };
}

function statements({ environmentId, revisions, documents }: LongHistory): readonly string[] {
  const series = `WITH RECURSIVE s (r) AS (SELECT 2 UNION ALL SELECT r + 1 FROM s WHERE r < ${revisions})`;
  const stateAt = (r: string): string => `REPLACE('${pastFlag('@')}', '@', CAST(${r} AS TEXT))`;
  const before = `CASE WHEN r > ${documents} THEN r - ${documents} ELSE 1 END`;
  return [
    'BEGIN',
    `INSERT INTO revisions (environment_id, revision, committed_at_ms, principal_id, principal_name, author, reason,
       idempotency_key) ${series}
     SELECT '${environmentId}', r, 1700000000000 + 1000 * CAST(r AS BIGINT), '', 'bench', 'bench', 'revision ' || r, '' FROM s`,
    `INSERT INTO changes (environment_id, revision, kind, key, before_json, before_revision, before_created_at_ms,
       after_json) ${series}
     SELECT '${environmentId}', r, 'flag', 'flag-' || (r % ${documents}), ${stateAt(before)}, ${before}, 0,
       ${stateAt('r')} FROM s`,
    `UPDATE environments SET revision = ${revisions} WHERE id = '${environmentId}'`,
    'COMMIT',
    'ANALYZE',
  ];
}
