// Rows of access as messages of the contract. A secret or its hash never gets into one.
import type { Environment, Key, Principal, Project } from '@org/contract/gen/flags/v1/access_service';
import type { EnvironmentRow, KeyRow, PrincipalRow, ProjectRow } from '../../store/access-store.ts';
import { optionalTimestampOf, timestampOf } from '../environment/encoded.ts';

export const projectMessage = (row: ProjectRow): Project => ({
  key: row.key,
  name: row.name,
  createdAt: timestampOf(row.createdAtMs),
});

export const environmentMessage = (
  row: EnvironmentRow,
  head: { readonly historyId: string; readonly revision: number } | undefined,
): Environment => ({
  id: row.id,
  project: row.projectKey,
  key: row.key,
  name: row.name,
  historyId: head?.historyId ?? '',
  revision: head?.revision ?? 0,
  allowedOrigins: [...row.allowedOrigins],
  createdAt: timestampOf(row.createdAtMs),
});

export const principalMessage = (row: PrincipalRow): Principal => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  roles: row.roles.map(({ scope, role }) => ({ scope, role })),
  disabled: row.disabled,
  createdAt: timestampOf(row.createdAtMs),
});

/** `environment` is the "project/environment" of an SDK key. */
export const keyMessage = (row: KeyRow, environment: string | undefined): Key => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  principalId: row.principalId ?? '',
  environment: environment ?? '',
  createdAt: timestampOf(row.createdAtMs),
  expiresAt: optionalTimestampOf(row.expiresAtMs),
  revokedAt: optionalTimestampOf(row.revokedAtMs),
});
