// The audit log: every change of access and every kill, chained by hashes so that an altered or removed row shows.
// Append-only, also by triggers of the database.
import { createHash } from 'node:crypto';
import { canonicalJson } from '@org/sync';
import { insertRows, numberOf, textOf } from './rows.ts';
import type { SqlRow, SqlSession } from './sql-driver.ts';

/** What happened. Ids only, never a secret. */
export interface AuditEntry {
  readonly atMs: number;
  readonly actorKeyId: string;
  readonly actorPrincipalId: string;
  readonly action: string;
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const columns = [
  'sequence',
  'at_ms',
  'actor_key_id',
  'actor_principal_id',
  'action',
  'target',
  'details',
  'hash',
];

const chainHash = (previous: string, sequence: number, entry: AuditEntry): string =>
  createHash('sha256')
    .update(canonicalJson([previous, sequence, { ...entry }]))
    .digest('hex');

/** Appends inside the caller's transaction; the counter's row lock keeps the chain in order. */
export async function appendAudit(session: SqlSession, entry: AuditEntry): Promise<void> {
  const [row] = await session.query(
    'UPDATE installation SET audit_sequence = audit_sequence + 1 WHERE id = 1 RETURNING audit_sequence, audit_hash',
  );
  if (row === undefined) throw new Error('the installation row is missing');
  const sequence = numberOf(row, 'audit_sequence');
  const hash = chainHash(textOf(row, 'audit_hash'), sequence, entry);
  const { atMs, actorKeyId, actorPrincipalId, action, target, details } = entry;
  await insertRows(session, {
    table: 'audit',
    columns,
    rows: [[sequence, atMs, actorKeyId, actorPrincipalId, action, target, canonicalJson(details), hash]],
  });
  await session.query('UPDATE installation SET audit_hash = $1 WHERE id = 1', [hash]);
}

/** The sequence of the first row that breaks the chain; undefined when it is whole. */
export async function findBrokenAudit(session: SqlSession): Promise<number | undefined> {
  let previous = '';
  let expected = 1;
  for (;;) {
    const rows = await session.query(
      `SELECT ${columns.join(', ')} FROM audit WHERE sequence >= $1 ORDER BY sequence LIMIT 500`,
      [expected],
    );
    if (rows.length === 0) break;
    for (const row of rows) {
      if (
        numberOf(row, 'sequence') !== expected ||
        chainHash(previous, expected, entryOf(row)) !== textOf(row, 'hash')
      ) {
        return expected;
      }
      previous = textOf(row, 'hash');
      expected += 1;
    }
  }
  const [head] = await session.query('SELECT audit_sequence, audit_hash FROM installation WHERE id = 1');
  const whole =
    head !== undefined &&
    numberOf(head, 'audit_sequence') === expected - 1 &&
    textOf(head, 'audit_hash') === previous;
  return whole ? undefined : expected;
}

const entryOf = (row: SqlRow): AuditEntry => ({
  atMs: numberOf(row, 'at_ms'),
  actorKeyId: textOf(row, 'actor_key_id'),
  actorPrincipalId: textOf(row, 'actor_principal_id'),
  action: textOf(row, 'action'),
  target: textOf(row, 'target'),
  details: JSON.parse(textOf(row, 'details')) as Readonly<Record<string, unknown>>,
});
