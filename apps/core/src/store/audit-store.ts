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

/** The newest entry: its place and its hash stand for the whole log before it. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** What became of the chain. */
export interface AuditVerdict {
  readonly head: AuditHead;
  /** The first entry that is not as it was written; undefined: the chain is whole. */
  readonly broken?: { readonly sequence: number; readonly problem: string };
}

/** The sequence of the first row that breaks the chain; undefined when it is whole. */
export const findBrokenAudit = async (session: SqlSession): Promise<number | undefined> =>
  (await verifyAudit(session)).broken?.sequence;

/**
 * Reckons the chain anew, bit by bit. `known`: a head that was noted elsewhere, which the log must still hold: an end that
 * was cut off together with the counter shows by nothing else.
 */
export async function verifyAudit(session: SqlSession, known?: AuditHead): Promise<AuditVerdict> {
  const [row] = await session.query('SELECT audit_sequence, audit_hash FROM installation WHERE id = 1');
  if (row === undefined) throw new Error('the installation row is missing');
  const head = { sequence: numberOf(row, 'audit_sequence'), hash: textOf(row, 'audit_hash') };
  const broken = await findBreak(session, head, known);
  return broken === undefined ? { head } : { head, broken };
}

async function findBreak(
  session: SqlSession,
  head: AuditHead,
  known: AuditHead | undefined,
): Promise<AuditVerdict['broken']> {
  let previous = '';
  let expected = 1;
  for (;;) {
    const rows = await session.query(
      `SELECT ${columns.join(', ')} FROM audit WHERE sequence >= $1 ORDER BY sequence LIMIT 500`,
      [expected],
    );
    for (const row of rows) {
      if (numberOf(row, 'sequence') !== expected)
        return { sequence: expected, problem: 'The entry is missing.' };
      const hash = hashOf(row, previous);
      if (hash !== textOf(row, 'hash'))
        return { sequence: expected, problem: 'The entry, or one before it, was altered.' };
      if (known?.sequence === expected && known.hash !== hash)
        return { sequence: expected, problem: 'The entry is not the one that was noted.' };
      previous = hash;
      expected += 1;
    }
    if (rows.length === 0) break;
  }
  if (head.sequence !== expected - 1 || head.hash !== previous)
    return { sequence: expected, problem: `The log ends here; it had ${head.sequence} entries.` };
  if (known !== undefined && known.sequence >= expected)
    return { sequence: expected, problem: `The log ends here; entry ${known.sequence} was noted.` };
  return undefined;
}

/** Undefined for a row whose details are not even JSON. */
function hashOf(row: SqlRow, previous: string): string | undefined {
  try {
    return chainHash(previous, numberOf(row, 'sequence'), entryOf(row));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An entry as it stands in the log. */
export type StoredAuditEntry = AuditEntry & AuditHead;

/** Entries below a sequence, newest first, of one action when named. */
export async function readAudit(
  session: SqlSession,
  { below, limit, action }: { readonly below: number; readonly limit: number; readonly action: string },
): Promise<readonly StoredAuditEntry[]> {
  const ofAction = action === '' ? '' : 'AND action = $3';
  const rows = await session.query(
    `SELECT ${columns.join(', ')} FROM audit WHERE sequence < $1 ${ofAction} ORDER BY sequence DESC LIMIT $2`,
    [below, limit, ...(action === '' ? [] : [action])],
  );
  return rows.map((row) => ({
    ...entryOf(row),
    sequence: numberOf(row, 'sequence'),
    hash: textOf(row, 'hash'),
  }));
}

const entryOf = (row: SqlRow): AuditEntry => ({
  atMs: numberOf(row, 'at_ms'),
  actorKeyId: textOf(row, 'actor_key_id'),
  actorPrincipalId: textOf(row, 'actor_principal_id'),
  action: textOf(row, 'action'),
  target: textOf(row, 'target'),
  details: JSON.parse(textOf(row, 'details')) as Readonly<Record<string, unknown>>,
});
