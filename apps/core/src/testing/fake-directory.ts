// Principals, keys, projects and environments in memory, for tests of the transports.
import { createHash } from 'node:crypto';
import { fail, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import type { Environment, Key, Principal, Project } from '@org/contract/gen/flags/v1/access_service';
import type { AccessDirectory, Caller, KeyWithSecret, Page, PageRequest } from '../application.ts';

export interface FakeDirectory extends AccessDirectory {
  readonly environments: Map<string, Environment>;
  /** While set, the store does not answer. */
  outage: Fault | undefined;
  /** How often a key was looked up. */
  readonly lookups: number;
  expire(keyId: string, atMs: number): void;
}

export function createFakeDirectory(now: () => number, onEnvironment: (id: string) => void): FakeDirectory {
  const projects = new Map<string, Project>();
  const environments = new Map<string, Environment>();
  const principals = new Map<string, Principal>();
  const keys = new Map<string, { key: Key; hash: string; environmentId: string | undefined }>();
  const ended = new Set<(keyId: string) => void>();
  const changed = new Set<() => void>();
  let count = 0;
  let lookups = 0;
  const nextId = (prefix: string): string => `${prefix}${++count}`;
  const createdAt = { seconds: 1_700_000_000, nanos: 0 };

  function addKey(
    kind: 'p' | 's' | 'c',
    fields: Partial<Key>,
    environmentId?: string,
    expiresAtMs?: number,
  ): KeyWithSecret {
    const id = nextId('k');
    const secret = `flags_${kind}_${id}_secretsecretsecret${id}`;
    const key: Key = {
      id,
      kind: kind === 'p' ? 'KEY_KIND_PRINCIPAL' : kind === 's' ? 'KEY_KIND_SERVER' : 'KEY_KIND_CLIENT',
      name: '',
      principalId: '',
      environment: '',
      createdAt,
      expiresAt: expiresAtMs === undefined ? undefined : timestamp(expiresAtMs),
      revokedAt: undefined,
      ...fields,
    };
    keys.set(id, { key, hash: sha256(secret), environmentId });
    return { key, secret };
  }

  function callerOf(secret: string): Caller | undefined {
    const hash = sha256(secret);
    const found = [...keys.values()].find((entry) => entry.hash === hash);
    if (found === undefined || found.key.revokedAt !== undefined) return undefined;
    const { key, environmentId } = found;
    const expiresAtMs = key.expiresAt && key.expiresAt.seconds * 1000 + key.expiresAt.nanos / 1_000_000;
    if (expiresAtMs !== undefined && expiresAtMs <= now()) return undefined;
    const principal = principals.get(key.principalId);
    if (principal?.disabled) return undefined;
    return {
      keyId: key.id,
      keyKind: key.kind,
      ...(principal && { principal }),
      ...(environmentId !== undefined && { environmentId }),
      ...(expiresAtMs !== undefined && { expiresAtMs }),
    };
  }

  const directory: FakeDirectory = {
    environments,
    outage: undefined,
    get lookups() {
      return lookups;
    },
    expire(keyId, atMs) {
      const entry = keys.get(keyId)!;
      entry.key = { ...entry.key, expiresAt: timestamp(atMs) };
    },
    async authenticate(secret) {
      lookups++;
      return directory.outage === undefined
        ? succeed(callerOf(secret))
        : { ok: false, fault: directory.outage };
    },
    onKeyEnded(listener) {
      ended.add(listener);
      return () => void ended.delete(listener);
    },
    onAccessChanged(listener) {
      changed.add(listener);
      return () => void changed.delete(listener);
    },
    environment: (id) => environments.get(id),
    async createProject(_actor, key, name) {
      if (projects.has(key)) return fail('ALREADY_EXISTS', 'There is such a project.');
      const project = { key, name, createdAt };
      projects.set(key, project);
      return succeed(project);
    },
    listProjects: async (page) => pageOf([...projects.values()], page),
    async createEnvironment(_actor, { project, key, name, allowedOrigins }) {
      if (!projects.has(project)) return fail('NOT_FOUND', 'There is no such project.');
      const id = nextId('e');
      const origins = [...allowedOrigins];
      const environment = {
        id,
        project,
        key,
        name,
        historyId: 'history-1',
        revision: 0,
        allowedOrigins: origins,
        createdAt,
      };
      environments.set(id, environment);
      onEnvironment(id);
      return succeed(environment);
    },
    async updateEnvironment(_actor, id, { name, allowedOrigins }) {
      const environment = {
        ...environments.get(id)!,
        ...(allowedOrigins !== undefined && { allowedOrigins: [...allowedOrigins] }),
        ...(name !== undefined && { name }),
      };
      environments.set(id, environment);
      return succeed(environment);
    },
    listEnvironments: async (project, page) =>
      pageOf(
        [...environments.values()].filter((environment) => project === '' || environment.project === project),
        page,
      ),
    async createPrincipal(_actor, { name, kind, roles }) {
      const principal = { id: nextId('p'), name, kind, roles: [...roles], disabled: false, createdAt };
      principals.set(principal.id, principal);
      return succeed(principal);
    },
    async updatePrincipal(_actor, id, { roles, disabled }) {
      const known = principals.get(id);
      if (known === undefined) return fail('NOT_FOUND', 'There is no such principal.');
      const principal = { ...known, roles: [...roles], disabled };
      principals.set(id, principal);
      const own = [...keys.values()].filter(({ key }) => key.principalId === id);
      if (disabled) for (const { key } of own) for (const listener of ended) listener(key.id);
      for (const listener of changed) listener();
      return succeed(principal);
    },
    listPrincipals: async (page) => pageOf([...principals.values()], page),
    async createPrincipalKey(_actor, principalId, { name, expiresAtMs }) {
      if (!principals.has(principalId)) return fail('NOT_FOUND', 'There is no such principal.');
      return succeed(addKey('p', { principalId, name }, undefined, expiresAtMs));
    },
    async createSdkKey(_actor, environmentId, { kind, name, expiresAtMs }) {
      const { project, key } = environments.get(environmentId)!;
      const fields = { name, environment: `${project}/${key}` };
      return succeed(addKey(kind === 'KEY_KIND_SERVER' ? 's' : 'c', fields, environmentId, expiresAtMs));
    },
    listKeys: async (environmentId, page) => {
      const found = [...keys.values()].filter(
        (entry) => environmentId === undefined || entry.environmentId === environmentId,
      );
      return pageOf(
        found.map(({ key }) => key),
        page,
      );
    },
    async revokeKey(_actor, environmentId, keyId) {
      const entry = keys.get(keyId);
      if (entry === undefined || (environmentId !== undefined && entry.environmentId !== environmentId)) {
        return fail('NOT_FOUND', 'There is no such key.');
      }
      entry.key = { ...entry.key, revokedAt: timestamp(now()) };
      for (const listener of ended) listener(keyId);
      return succeed(entry.key);
    },
  };
  return directory;
}

function pageOf<T>(items: readonly T[], { pageSize, pageToken }: PageRequest): Result<Page<T>> {
  const start = Number(pageToken || 0);
  const end = start + pageSize;
  return succeed({ items: items.slice(start, end), nextPageToken: end < items.length ? String(end) : '' });
}

function timestamp(ms: number): { seconds: number; nanos: number } {
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
