// Statements that make the database itself refuse to alter or remove what was written: history and audit.
import type { SqlDialectName } from '../sql-driver.ts';

/** Statements for one table. */
export function appendOnly(dialect: SqlDialectName, table: string): readonly string[] {
  if (dialect === 'sqlite') {
    return ['UPDATE', 'DELETE'].map(
      (event) =>
        `CREATE TRIGGER ${table}_no_${event.toLowerCase()} BEFORE ${event} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only'); END`,
    );
  }
  return [
    `CREATE OR REPLACE FUNCTION refuse_alteration() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$`,
    `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_alteration()`,
  ];
}
