// Everything about access in memory, at one version: authentication never waits for the database, and goes on without
// it. Replaced as a whole when the version in the database moves.
import type { Caller } from '../../application.ts';
import type {
  AccessRows,
  EnvironmentRow,
  KeyRow,
  PrincipalRow,
  ProjectRow,
} from '../../store/access-store.ts';
import { principalMessage } from './messages.ts';

/** Access at one version. */
export interface AccessState {
  readonly version: number;
  readonly projects: readonly ProjectRow[];
  readonly environments: readonly EnvironmentRow[];
  readonly principals: readonly PrincipalRow[];
  readonly keys: readonly KeyRow[];
  project(key: string): ProjectRow | undefined;
  environment(id: string): EnvironmentRow | undefined;
  /** By "project/environment". */
  environmentByReference(reference: string): EnvironmentRow | undefined;
  principal(id: string): PrincipalRow | undefined;
  key(id: string): KeyRow | undefined;
  /** The caller of a key by the SHA-256 of its text; undefined when there is none or it has ended. */
  caller(secretSha256: string, nowMs: number): Caller | undefined;
  /** Whether the key may be used. */
  isActive(key: KeyRow, nowMs: number): boolean;
}

export const referenceOf = ({ projectKey, key }: EnvironmentRow): string => `${projectKey}/${key}`;

const padded = (ms: number): string => String(ms).padStart(16, '0');
/** Sorts by creation. */
export const creationOrder = (row: { readonly createdAtMs: number }, id: string): string =>
  `${padded(row.createdAtMs)} ${id}`;

function sorted<T extends { readonly createdAtMs: number }>(
  rows: readonly T[],
  id: (row: T) => string,
): readonly T[] {
  const order = (row: T): string => creationOrder(row, id(row));
  return [...rows].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Indexes the rows. */
export function createAccessState(rows: AccessRows): AccessState {
  const projects = new Map(rows.projects.map((row) => [row.key, row]));
  const environments = new Map(rows.environments.map((row) => [row.id, row]));
  const references = new Map(rows.environments.map((row) => [referenceOf(row), row]));
  const principals = new Map(rows.principals.map((row) => [row.id, row]));
  const keys = new Map(rows.keys.map((row) => [row.id, row]));
  const bySecret = new Map(rows.keys.map((row) => [row.secretSha256, row]));
  // One object per key: transports keep what they worked out for a caller by its identity.
  const callers = new Map<string, Caller>();

  const isActive = (key: KeyRow, nowMs: number): boolean =>
    key.revokedAtMs === undefined &&
    (key.expiresAtMs === undefined || nowMs < key.expiresAtMs) &&
    (key.principalId === undefined || principals.get(key.principalId)?.disabled === false);

  const callerOf = (key: KeyRow): Caller => {
    const principal = key.principalId === undefined ? undefined : principals.get(key.principalId);
    return {
      keyId: key.id,
      keyKind: key.kind,
      ...(principal && { principal: principalMessage(principal) }),
      ...(key.environmentId !== undefined && { environmentId: key.environmentId }),
      ...(key.expiresAtMs !== undefined && { expiresAtMs: key.expiresAtMs }),
    };
  };
  return {
    version: rows.version,
    projects: sorted(rows.projects, ({ key }) => key),
    environments: sorted(rows.environments, ({ id }) => id),
    principals: sorted(rows.principals, ({ id }) => id),
    keys: sorted(rows.keys, ({ id }) => id),
    project: (key) => projects.get(key),
    environment: (id) => environments.get(id),
    environmentByReference: (reference) => references.get(reference),
    principal: (id) => principals.get(id),
    key: (id) => keys.get(id),
    isActive,
    caller(secretSha256, nowMs) {
      const key = bySecret.get(secretSha256);
      if (key === undefined || !isActive(key, nowMs)) return undefined;
      const caller = callers.get(key.id) ?? callerOf(key);
      callers.set(key.id, caller);
      return caller;
    },
  };
}
