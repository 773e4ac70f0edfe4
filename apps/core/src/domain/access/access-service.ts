// The access directory: answers from memory, changes through the database. Every change is audited in its transaction
// and visible here before it is answered, in other cores within their tail's interval.
import { fail, succeed, type Result, type Violation } from '@org/contract';
import type { Environment, Key } from '@org/contract/gen/flags/v1/access_service';
import { emptyViewHash } from '@org/sync';
import type { AccessDirectory, Caller, EnvironmentReplica, NewKey, Page, SdkKeyKind } from '../../application.ts';
import {
  bumpAccessVersion,
  insertKey,
  insertPrincipal,
  insertProject,
  replacePrincipal,
  setRevoked,
  updateEnvironmentRow,
  type EnvironmentRow,
  type KeyRow,
} from '../../store/access-store.ts';
import { appendAudit } from '../../store/audit-store.ts';
import { insertEnvironment } from '../../store/environment-store.ts';
import type { SqlDriver, SqlTransaction } from '../../store/sql-driver.ts';
import { attempt, isUniqueViolation, Refusal } from '../../store/store-error.ts';
import { invalidRequest } from '../commit/check-request.ts';
import type { RandomBytes, Runtime } from '../ports.ts';
import type { AccessCache } from './access-cache.ts';
import { creationOrder, referenceOf } from './access-state.ts';
import { checkName, checkNewEnvironment, checkNewKey, checkNewPrincipal, checkOrigins, checkProjectKey, checkRoles } from './check-access.ts';
import { environmentMessage, keyMessage, principalMessage, projectMessage } from './messages.ts';
import { pageOf } from './pages.ts';
import { newId, newSecret, sha256Hex } from './secrets.ts';

export interface AccessServiceOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly randomBytes: RandomBytes;
  readonly cache: AccessCache;
  replica(environmentId: string): EnvironmentReplica | undefined;
  /** Reads what changed, environments included; called after every change. */
  refresh(): Promise<void>;
}

interface Change {
  readonly actor: Caller;
  readonly action: string;
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
  write(transaction: SqlTransaction): Promise<unknown>;
}

/** Makes the directory. */
export function createAccessService(options: AccessServiceOptions): AccessDirectory {
  const { cache } = options;
  const environmentOf = (row: EnvironmentRow): Environment => environmentMessage(row, options.replica(row.id));
  const keyOf = (row: KeyRow): Key => {
    const environment = row.environmentId === undefined ? undefined : cache.state.environment(row.environmentId);
    return keyMessage(row, environment === undefined ? undefined : referenceOf(environment));
  };
  return {
    authenticate: (secret) => cache.authenticate(secret),
    onKeyEnded: (listener) => cache.onKeyEnded(listener),
    environment: (id) => {
      const row = cache.state.environment(id);
      return row === undefined ? undefined : environmentOf(row);
    },
    ...projectMethods(options, environmentOf),
    ...principalMethods(options),
    ...keyMethods(options, keyOf),
  };
}

const notFound = (what: string): { ok: false } & Result<never> => fail('NOT_FOUND', `There is no such ${what}.`);

/** Writes, audits, bumps the version, and waits until this core sees it. */
async function commitChange(options: AccessServiceOptions, change: Change): Promise<Result<void>> {
  const { actor, action, target, details } = change;
  const written = await attempt(() =>
    options.driver.transaction(async (transaction) => {
      await refuseDuplicates(() => change.write(transaction));
      await bumpAccessVersion(transaction);
      await appendAudit(transaction, {
        atMs: options.runtime.now(),
        actorKeyId: actor.keyId,
        actorPrincipalId: actor.principal?.id ?? '',
        action,
        target,
        details,
      });
      await transaction.wake('access');
    }),
  );
  if (written.ok) await options.refresh();
  return written;
}

async function refuseDuplicates(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Refusal(fail('ALREADY_EXISTS', 'There is one with this key already.'));
  }
}

type ProjectMethods = Pick<
  AccessDirectory,
  'createProject' | 'listProjects' | 'createEnvironment' | 'updateEnvironment' | 'listEnvironments'
>;

function projectMethods(options: AccessServiceOptions, environmentOf: (row: EnvironmentRow) => Environment): ProjectMethods {
  const { cache, runtime, randomBytes } = options;
  return {
    async createProject(actor, key, name) {
      const refused = invalidRequest([...checkProjectKey(key), ...checkName(name)]);
      if (refused !== undefined) return refused;
      const row = { key, name, createdAtMs: runtime.now() };
      const change = { actor, action: 'project.create', target: key, details: { name } };
      const done = await commitChange(options, { ...change, write: (transaction) => insertProject(transaction, row) });
      return done.ok ? succeed(projectMessage(row)) : done;
    },
    listProjects: async (page) =>
      mapPage(pageOf(cache.state.projects, (row) => creationOrder(row, row.key), page), projectMessage),
    async createEnvironment(actor, environment) {
      const refused = invalidRequest(checkNewEnvironment(environment));
      if (refused !== undefined) return refused;
      if (cache.state.project(environment.project) === undefined) return notFound('project');
      const { project: projectKey, key, name } = environment;
      const allowedOrigins = [...environment.allowedOrigins];
      const row = { id: newId(randomBytes), projectKey, key, name, allowedOrigins, createdAtMs: runtime.now() };
      const historyId = newId(randomBytes);
      const change = { actor, action: 'environment.create', target: row.id, details: { projectKey, key, name, allowedOrigins } };
      const write = (transaction: SqlTransaction) =>
        insertEnvironment(transaction, { ...row, historyId, emptyHash: emptyViewHash });
      const done = await commitChange(options, { ...change, write });
      return done.ok ? succeed(environmentMessage(row, { historyId, revision: 0 })) : done;
    },
    async updateEnvironment(actor, id, { name, allowedOrigins }) {
      const refused = invalidRequest([...checkName(name ?? ''), ...checkOrigins(allowedOrigins)]);
      if (refused !== undefined) return refused;
      const before = cache.state.environment(id);
      if (before === undefined) return notFound('environment');
      const after = { ...before, name: name ?? before.name, allowedOrigins: [...allowedOrigins] };
      const details = { name: after.name, allowedOrigins: after.allowedOrigins };
      const change = { actor, action: 'environment.update', target: id, details };
      const write = (transaction: SqlTransaction) => updateEnvironmentRow(transaction, id, after);
      const done = await commitChange(options, { ...change, write });
      return done.ok ? succeed(environmentOf(after)) : done;
    },
    async listEnvironments(project, page) {
      const { environments } = cache.state;
      const rows = project === '' ? environments : environments.filter(({ projectKey }) => projectKey === project);
      return mapPage(pageOf(rows, (row) => creationOrder(row, row.id), page), environmentOf);
    },
  };
}

type PrincipalMethods = Pick<AccessDirectory, 'createPrincipal' | 'updatePrincipal' | 'listPrincipals'>;

function principalMethods(options: AccessServiceOptions): PrincipalMethods {
  const { cache, runtime, randomBytes } = options;
  return {
    async createPrincipal(actor, principal) {
      const refused = invalidRequest(checkNewPrincipal(principal, cache.state));
      if (refused !== undefined) return refused;
      const { name, kind } = principal;
      const roles = principal.roles.map(({ scope, role }) => ({ scope, role }));
      const row = { id: newId(randomBytes), name, kind, disabled: false, createdAtMs: runtime.now(), roles };
      const change = { actor, action: 'principal.create', target: row.id, details: { name, kind, roles } };
      const done = await commitChange(options, { ...change, write: (transaction) => insertPrincipal(transaction, row) });
      return done.ok ? succeed(principalMessage(row)) : done;
    },
    async updatePrincipal(actor, id, { roles: bindings, disabled }) {
      const before = cache.state.principal(id);
      if (before === undefined) return notFound('principal');
      const roles = bindings.map(({ scope, role }) => ({ scope, role }));
      const after = { ...before, roles, disabled };
      const refused = invalidRequest([...checkRoles(roles, cache.state), ...checkLastAdmin(cache, after)]);
      if (refused !== undefined) return refused;
      const change = { actor, action: 'principal.update', target: id, details: { roles, disabled } };
      const write = (transaction: SqlTransaction) => replacePrincipal(transaction, id, after);
      const done = await commitChange(options, { ...change, write });
      return done.ok ? succeed(principalMessage(after)) : done;
    },
    listPrincipals: async (page) =>
      mapPage(pageOf(cache.state.principals, (row) => creationOrder(row, row.id), page), principalMessage),
  };
}

type PrincipalLike = AccessCache['state']['principals'][number];
const isInstallationAdmin = ({ disabled, roles }: PrincipalLike): boolean =>
  !disabled && roles.some(({ scope, role }) => scope === '*' && role === 'ROLE_ADMIN');

/** Nobody could ever grant a role again. */
function checkLastAdmin({ state }: AccessCache, after: PrincipalLike): readonly Violation[] {
  const left = state.principals.some((row) => isInstallationAdmin(row.id === after.id ? after : row));
  if (left) return [];
  return [{ field: 'roles', rule: 'last_admin', message: 'The installation would be left without an admin.' }];
}

type KeyMethods = Pick<AccessDirectory, 'createPrincipalKey' | 'createSdkKey' | 'listKeys' | 'revokeKey'>;

function keyMethods(options: AccessServiceOptions, keyOf: (row: KeyRow) => Key): KeyMethods {
  const { cache, runtime } = options;
  return {
    async createPrincipalKey(actor, principalId, key) {
      if (cache.state.principal(principalId) === undefined) return notFound('principal');
      return createKey(options, keyOf, actor, { ...key, kind: 'KEY_KIND_PRINCIPAL', principalId, environmentId: undefined });
    },
    async createSdkKey(actor, environmentId, key) {
      if (cache.state.environment(environmentId) === undefined) return notFound('environment');
      return createKey(options, keyOf, actor, { ...key, principalId: undefined, environmentId });
    },
    async listKeys(environmentId, page) {
      const { keys } = cache.state;
      const rows = environmentId === undefined ? keys : keys.filter((row) => row.environmentId === environmentId);
      return mapPage(pageOf(rows, (row) => creationOrder(row, row.id), page), keyOf);
    },
    async revokeKey(actor, environmentId, keyId) {
      const before = cache.state.key(keyId);
      const foreign = environmentId !== undefined && before?.environmentId !== environmentId;
      if (before === undefined || foreign) return notFound('key');
      const atMs = runtime.now();
      const change = { actor, action: 'key.revoke', target: keyId, details: {} };
      const write = (transaction: SqlTransaction) => setRevoked(transaction, keyId, atMs);
      const done = await commitChange(options, { ...change, write });
      return done.ok ? succeed(keyOf({ ...before, revokedAtMs: before.revokedAtMs ?? atMs })) : done;
    },
  };
}

interface KeyOwner extends NewKey {
  readonly kind: 'KEY_KIND_PRINCIPAL' | SdkKeyKind;
  readonly principalId: string | undefined;
  readonly environmentId: string | undefined;
}

async function createKey(
  options: AccessServiceOptions,
  keyOf: (row: KeyRow) => Key,
  actor: Caller,
  owner: KeyOwner,
): Promise<Result<{ key: Key; secret: string }>> {
  const createdAtMs = options.runtime.now();
  const refused = invalidRequest(checkNewKey(owner, createdAtMs));
  if (refused !== undefined) return refused;
  const { kind, name, principalId, environmentId, expiresAtMs } = owner;
  const { id, secret } = newSecret(options.randomBytes, kind);
  const secretSha256 = sha256Hex(secret);
  const row = { id, kind, name, secretSha256, principalId, environmentId, createdAtMs, expiresAtMs, revokedAtMs: undefined };
  const details = { kind, name, principalId, environmentId, expiresAtMs };
  const change = { actor, action: 'key.create', target: id, details };
  const done = await commitChange(options, { ...change, write: (transaction) => insertKey(transaction, row) });
  return done.ok ? succeed({ key: keyOf(row), secret }) : done;
}

const mapPage = <Row, Item>(page: Result<Page<Row>>, map: (row: Row) => Item): Result<Page<Item>> =>
  page.ok ? succeed({ items: page.value.items.map(map), nextPageToken: page.value.nextPageToken }) : page;
