import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { newDatabase, type TestDatabase } from '../domain/testing/test-database.ts';
import { appendAudit, readAudit, verifyAudit, type AuditHead } from './audit-store.ts';
import { migrateMain } from './migrations.ts';
import { openDatabases, type Databases } from './open-driver.ts';
import type { SqlDialectName, SqlDriver } from './sql-driver.ts';

const dialects: readonly SqlDialectName[] = ['sqlite', 'postgres'];
const entries = 12;

describe.each(dialects)('the audit log on %s', (dialect) => {
  let database: TestDatabase;
  let databases: Databases;
  let main: SqlDriver;
  beforeEach(async () => {
    database = await newDatabase(dialect);
    databases = await openDatabases(database.url);
    main = databases.main;
    await migrateMain(main);
    for (let at = 1; at <= entries; at += 1)
      await main.transaction((session) =>
        appendAudit(session, {
          atMs: 1_000 * at,
          actorKeyId: 'key',
          actorPrincipalId: 'ada',
          action: at % 2 === 0 ? 'flag.kill' : 'key.revoke',
          target: `target ${at}`,
          details: { at },
        }),
      );
  });
  afterEach(async () => {
    await databases.close();
    await database.remove();
  });

  const tamper = async (...statements: readonly string[]): Promise<void> => {
    const drops =
      dialect === 'sqlite'
        ? ['DROP TRIGGER audit_no_update', 'DROP TRIGGER audit_no_delete']
        : ['DROP TRIGGER audit_append_only ON audit'];
    for (const statement of [...drops, ...statements])
      await main.transaction((session) => session.query(statement));
  };
  const brokenAt = async (known?: AuditHead): Promise<number | undefined> =>
    (await verifyAudit(main, known)).broken?.sequence;

  it('is whole as it was written, and is read newest first', async () => {
    expect(await verifyAudit(main)).toEqual({
      head: { sequence: entries, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
    const kills = await readAudit(main, { below: 9, limit: 3, action: 'flag.kill' });
    expect(kills.map(({ sequence }) => sequence)).toEqual([8, 6, 4]);
  });

  it('cannot be edited, emptied or shortened without dropping its triggers', async () => {
    for (const statement of [`UPDATE audit SET target = ''`, 'DELETE FROM audit'])
      await expect(main.transaction((session) => session.query(statement))).rejects.toThrow();
    expect(await brokenAt()).toBeUndefined();
  });

  it('shows whatever is edited', async () => {
    const edits = [
      ...[`at_ms = 5`, `actor_key_id = 'x'`, `actor_principal_id = 'eve'`, `action = 'flag.restore'`],
      ...[`target = 'target 77'`, `details = '{"at":8}'`, `details = 'no json'`, `hash = '00'`],
    ];
    await tamper();
    const rolledBack = new Error('as it was');
    for (const edit of edits) {
      const tried = main.transaction(async (session) => {
        await session.query(`UPDATE audit SET ${edit} WHERE sequence = 7`);
        expect((await verifyAudit(session)).broken?.sequence, edit).toBe(7);
        throw rolledBack;
      });
      await expect(tried).rejects.toBe(rolledBack);
    }
    expect(await brokenAt()).toBeUndefined();
  });

  it('shows an entry that was deleted, and two that changed places', async () => {
    await tamper('DELETE FROM audit WHERE sequence = 4');
    expect(await brokenAt()).toBe(4);
    await tamperOrder();
    expect(await brokenAt()).toBe(4);
  });
  const tamperOrder = (): Promise<unknown> =>
    main.transaction((session) => session.query('UPDATE audit SET sequence = 4 WHERE sequence = 5'));

  it('shows a cut end, with the counter turned back only to whoever noted a head', async () => {
    const { head } = await verifyAudit(main);
    await tamper('DELETE FROM audit WHERE sequence > 9');
    expect(await verifyAudit(main)).toMatchObject({
      broken: { sequence: 10, problem: `The log ends here; it had ${entries} entries.` },
    });
    await main.transaction((session) =>
      session.query(
        `UPDATE installation SET audit_sequence = 9, audit_hash = (SELECT hash FROM audit WHERE sequence = 9)`,
      ),
    );
    expect(await brokenAt()).toBeUndefined();
    expect(await brokenAt(head)).toBe(10);
    expect(await brokenAt({ sequence: 9, hash: 'f'.repeat(64) })).toBe(9);
  });

  it('is verified from the command line', async () => {
    const { head } = await verifyAudit(main);
    const printed: string[] = [];
    const run = (...args: readonly string[]): Promise<number | undefined> =>
      runCli(['audit', 'verify', ...args], {
        databaseUrl: database.url,
        print: (line) => void printed.push(line),
      });
    expect(await run()).toBe(0);
    expect(printed.at(-1)).toContain(`"head":"${entries}:${head.hash}"`);
    expect(await run('--known', `${entries}:${head.hash}`)).toBe(0);
    expect(await run('--known', `${entries}:${'0'.repeat(64)}`)).toBe(1);
    expect(await run('--known', 'nonsense')).toBe(2);
    await tamper(`UPDATE audit SET target = '' WHERE sequence = 1`);
    expect(await run()).toBe(1);
    expect(printed.at(-1)).toContain('[AUDIT_BROKEN] The audit log is broken at entry 1.');
  });
});
