// The commands of the core besides serving: backup, restore, and verifying the audit log. Prints one JSON object per outcome.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { migrateMain } from '../store/migrations.ts';
import { verifyAudit, type AuditHead } from '../store/audit-store.ts';
import { openDatabases } from '../store/open-driver.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { backup } from './backup.ts';
import { restore } from './restore.ts';

export interface CliOptions {
  readonly databaseUrl: string;
  /** Takes one line without its line feed. */
  readonly print: (line: string) => void;
}

const usage =
  'usage: main.ts [backup --to FILE | restore --from FILE [--replace] | audit verify [--known SEQUENCE:HASH]]';

/** Runs the command the arguments name; undefined when they name none and the core is to serve. Answers the exit code. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<number | undefined> {
  if (args.length === 0) return undefined;
  const command = readCommand(args);
  if (command === undefined) {
    options.print(JSON.stringify({ level: 'error', msg: usage }));
    return 2;
  }
  const databases = await openDatabases(options.databaseUrl, 'patient');
  try {
    const outcome = await command(databases.main);
    options.print(JSON.stringify(outcome));
    return 0;
  } catch (error) {
    options.print(
      JSON.stringify({ level: 'error', msg: error instanceof Error ? error.message : String(error) }),
    );
    return 1;
  } finally {
    await databases.close();
  }
}

type Command = (driver: SqlDriver) => Promise<object>;

function readCommand(args: readonly string[]): Command | undefined {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        from: { type: 'string' },
        replace: { type: 'boolean' },
        known: { type: 'string' },
      },
    });
    const { to, from, replace, known } = values;
    if (positionals.join(' ') === 'audit verify' && (to ?? from ?? replace) === undefined) {
      const head = known === undefined ? undefined : readHead(known);
      return known !== undefined && head === undefined ? undefined : (driver) => verify(driver, head);
    }
    if (known !== undefined || positionals.length !== 1) return undefined;
    if (positionals[0] === 'backup' && to !== undefined && from === undefined && replace === undefined) {
      return async (driver) => {
        await migrateMain(driver);
        return { msg: 'backup written', file: to, ...(await backup(driver, to, new Date())) };
      };
    }
    if (positionals[0] === 'restore' && from !== undefined && to === undefined) {
      return async (driver) => ({
        msg: 'restored',
        file: from,
        ...(await restore(driver, { path: from, nowMs: Date.now(), randomBytes, replace: replace === true })),
      });
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** `12:<hash>`, as an earlier run printed it. */
function readHead(text: string): AuditHead | undefined {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  return hash === undefined ? undefined : { sequence: Number(sequence), hash };
}

/** @throws when the log is not as it was written */
async function verify(driver: SqlDriver, known: AuditHead | undefined): Promise<object> {
  const { head, broken } = await driver.transaction((session) => verifyAudit(session, known), {
    readOnly: true,
  });
  if (broken !== undefined)
    throw new Error(`[AUDIT_BROKEN] The audit log is broken at entry ${broken.sequence}. ${broken.problem}`);
  return { msg: 'audit log verified', entries: head.sequence, head: `${head.sequence}:${head.hash}` };
}
