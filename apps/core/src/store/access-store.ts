// Projects, principals and keys in the database. Every change bumps access_version inside its transaction, so that all
// cores read access again. The installation's row is always locked last: two changes cannot wait for each other.
import type { PrincipalKind, KeyKind } from '@org/contract/gen/flags/v1/access_service';
import type { Role } from '@org/contract/gen/flags/v1/options';
import { insertRows, numberOf, optionalNumberOf, optionalTextOf, textOf } from './rows.ts';
import type { SqlDriver, SqlRow, SqlSession } from './sql-driver.ts';

export interface ProjectRow {
  readonly key: string;
  readonly name: string;
  readonly createdAtMs: number;
}

export interface EnvironmentRow {
  readonly id: string;
  readonly projectKey: string;
  readonly key: string;
  readonly name: string;
  readonly allowedOrigins: readonly string[];
  readonly createdAtMs: number;
}

export interface BindingRow {
  readonly scope: string;
  readonly role: Role;
}

export interface PrincipalRow {
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly disabled: boolean;
  readonly createdAtMs: number;
  readonly roles: readonly BindingRow[];
}

export interface KeyRow {
  readonly id: string;
  readonly kind: KeyKind;
  readonly name: string;
  readonly secretSha256: string;
  readonly principalId: string | undefined;
  readonly environmentId: string | undefined;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
}

/** Everything about access, at one version. */
export interface AccessRows {
  readonly version: number;
  readonly projects: readonly ProjectRow[];
  readonly environments: readonly EnvironmentRow[];
  readonly principals: readonly PrincipalRow[];
  readonly keys: readonly KeyRow[];
}

export async function readAccessVersion(session: SqlSession): Promise<number> {
  const [row] = await session.query('SELECT access_version FROM installation WHERE id = 1');
  return row === undefined ? 0 : numberOf(row, 'access_version');
}

export const bumpAccessVersion = (session: SqlSession): Promise<unknown> =>
  session.query('UPDATE installation SET access_version = access_version + 1 WHERE id = 1');

/** Reads everything, as of one moment. */
export const readAccess = (driver: SqlDriver): Promise<AccessRows> =>
  driver.transaction(
    async (session) => {
      const version = await readAccessVersion(session);
      const projects = await session.query('SELECT key, name, created_at_ms FROM projects');
      const environments = await session.query(
        'SELECT id, project_key, key, name, allowed_origins, created_at_ms FROM environments',
      );
      const principals = await session.query(
        'SELECT id, name, kind, disabled, created_at_ms FROM principals',
      );
      const bindings = await session.query(
        'SELECT principal_id, scope, role FROM role_bindings ORDER BY scope',
      );
      const keys = await session.query(
        `SELECT id, kind, name, secret_sha256, principal_id, environment_id, created_at_ms, expires_at_ms, revoked_at_ms
         FROM access_keys`,
      );
      return {
        version,
        projects: projects.map(projectOf),
        environments: environments.map(environmentOf),
        principals: principals.map((row) => principalOf(row, bindings)),
        keys: keys.map(keyOf),
      };
    },
    { readOnly: true },
  );

const projectOf = (row: SqlRow): ProjectRow => ({
  key: textOf(row, 'key'),
  name: textOf(row, 'name'),
  createdAtMs: numberOf(row, 'created_at_ms'),
});

const environmentOf = (row: SqlRow): EnvironmentRow => ({
  id: textOf(row, 'id'),
  projectKey: textOf(row, 'project_key'),
  key: textOf(row, 'key'),
  name: textOf(row, 'name'),
  allowedOrigins: JSON.parse(textOf(row, 'allowed_origins')) as readonly string[],
  createdAtMs: numberOf(row, 'created_at_ms'),
});

const principalOf = (row: SqlRow, bindings: readonly SqlRow[]): PrincipalRow => {
  const id = textOf(row, 'id');
  return {
    id,
    name: textOf(row, 'name'),
    kind: textOf(row, 'kind') as PrincipalKind,
    disabled: numberOf(row, 'disabled') === 1,
    createdAtMs: numberOf(row, 'created_at_ms'),
    roles: bindings
      .filter((binding) => binding['principal_id'] === id)
      .map((binding) => ({ scope: textOf(binding, 'scope'), role: textOf(binding, 'role') as Role })),
  };
};

const keyOf = (row: SqlRow): KeyRow => ({
  id: textOf(row, 'id'),
  kind: textOf(row, 'kind') as KeyKind,
  name: textOf(row, 'name'),
  secretSha256: textOf(row, 'secret_sha256'),
  principalId: optionalTextOf(row, 'principal_id'),
  environmentId: optionalTextOf(row, 'environment_id'),
  createdAtMs: numberOf(row, 'created_at_ms'),
  expiresAtMs: optionalNumberOf(row, 'expires_at_ms'),
  revokedAtMs: optionalNumberOf(row, 'revoked_at_ms'),
});

export const insertProject = (session: SqlSession, row: ProjectRow): Promise<void> =>
  insertRows(session, {
    table: 'projects',
    columns: ['key', 'name', 'created_at_ms'],
    rows: [[row.key, row.name, row.createdAtMs]],
  });

export async function insertPrincipal(session: SqlSession, row: PrincipalRow): Promise<void> {
  await insertRows(session, {
    table: 'principals',
    columns: ['id', 'name', 'kind', 'disabled', 'created_at_ms'],
    rows: [[row.id, row.name, row.kind, row.disabled ? 1 : 0, row.createdAtMs]],
  });
  await insertBindings(session, row.id, row.roles);
}

const insertBindings = (
  session: SqlSession,
  principalId: string,
  roles: readonly BindingRow[],
): Promise<void> =>
  insertRows(session, {
    table: 'role_bindings',
    columns: ['principal_id', 'scope', 'role'],
    rows: roles.map(({ scope, role }) => [principalId, scope, role]),
  });

/** Answers how many admins of the installation are left: none must not be committed. */
export async function replacePrincipal(
  session: SqlSession,
  dialect: SqlDriver['dialect'],
  id: string,
  change: { readonly roles: readonly BindingRow[]; readonly disabled: boolean },
): Promise<number> {
  // Two admins who disable each other at the same time must not both find the other one.
  if (dialect === 'postgres') await session.query('SELECT id FROM principals ORDER BY id FOR UPDATE');
  await session.query('UPDATE principals SET disabled = $2 WHERE id = $1', [id, change.disabled ? 1 : 0]);
  await session.query('DELETE FROM role_bindings WHERE principal_id = $1', [id]);
  await insertBindings(session, id, change.roles);
  const [row] = await session.query(
    `SELECT COUNT(*) AS admins FROM principals p JOIN role_bindings b ON b.principal_id = p.id
     WHERE p.disabled = 0 AND b.scope = '*' AND b.role = 'ROLE_ADMIN'`,
  );
  return row === undefined ? 0 : numberOf(row, 'admins');
}

export const updateEnvironmentRow = (
  session: SqlSession,
  id: string,
  change: { readonly name: string; readonly allowedOrigins: readonly string[] },
): Promise<unknown> =>
  session.query('UPDATE environments SET name = $2, allowed_origins = $3 WHERE id = $1', [
    id,
    change.name,
    JSON.stringify(change.allowedOrigins),
  ]);

export const insertKey = (session: SqlSession, row: KeyRow): Promise<void> =>
  insertRows(session, {
    table: 'access_keys',
    columns: [
      'id',
      'kind',
      'name',
      'secret_sha256',
      'principal_id',
      'environment_id',
      'created_at_ms',
      'expires_at_ms',
      'revoked_at_ms',
    ],
    rows: [
      [
        row.id,
        row.kind,
        row.name,
        row.secretSha256,
        row.principalId ?? null,
        row.environmentId ?? null,
        row.createdAtMs,
        row.expiresAtMs ?? null,
        row.revokedAtMs ?? null,
      ],
    ],
  });

/** The first revocation stays. */
export const setRevoked = (session: SqlSession, id: string, atMs: number): Promise<unknown> =>
  session.query('UPDATE access_keys SET revoked_at_ms = COALESCE(revoked_at_ms, $2) WHERE id = $1', [
    id,
    atMs,
  ]);
