// Keys of the access directory: made once, shown once, ended once.
import { succeed, type Result } from '@org/contract';
import type { Key } from '@org/contract/gen/flags/v1/access_service';
import type { AccessDirectory, Caller, KeyWithSecret, NewKey, SdkKeyKind } from '../../application.ts';
import { insertKey, setRevoked, type KeyRow } from '../../store/access-store.ts';
import type { SqlTransaction } from '../../store/sql-driver.ts';
import { invalidRequest } from '../commit/check-request.ts';
import { commitChange, mapPage, notFound, type AccessServiceOptions } from './access-change.ts';
import { creationOrder } from './access-state.ts';
import { checkNewKey } from './check-access.ts';
import { pageOf } from './pages.ts';
import { newSecret, sha256Hex } from './secrets.ts';

type KeyMethods = Pick<AccessDirectory, 'createPrincipalKey' | 'createSdkKey' | 'listKeys' | 'revokeKey'>;

export function keyMethods(options: AccessServiceOptions, keyOf: (row: KeyRow) => Key): KeyMethods {
  const { cache, runtime } = options;
  return {
    async createPrincipalKey(actor, principalId, key) {
      if (cache.state.principal(principalId) === undefined) return notFound('principal');
      return createKey(options, keyOf, actor, {
        ...key,
        kind: 'KEY_KIND_PRINCIPAL',
        principalId,
        environmentId: undefined,
      });
    },
    async createSdkKey(actor, environmentId, key) {
      if (cache.state.environment(environmentId) === undefined) return notFound('environment');
      return createKey(options, keyOf, actor, { ...key, principalId: undefined, environmentId });
    },
    async listKeys(environmentId, page) {
      const { keys } = cache.state;
      const rows =
        environmentId === undefined ? keys : keys.filter((row) => row.environmentId === environmentId);
      return mapPage(
        pageOf(rows, (row) => creationOrder(row, row.id), page),
        keyOf,
      );
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
): Promise<Result<KeyWithSecret>> {
  const createdAtMs = options.runtime.now();
  const refused = invalidRequest(checkNewKey(owner, createdAtMs));
  if (refused !== undefined) return refused;
  const { kind, name, principalId, environmentId, expiresAtMs } = owner;
  const { id, secret } = newSecret(options.randomBytes, kind);
  const secretSha256 = sha256Hex(secret);
  const row = {
    id,
    kind,
    name,
    secretSha256,
    principalId,
    environmentId,
    createdAtMs,
    expiresAtMs,
    revokedAtMs: undefined,
  };
  const details = { kind, name, principalId, environmentId, expiresAtMs };
  const change = { actor, action: 'key.create', target: id, details };
  const done = await commitChange(options, {
    ...change,
    write: (transaction) => insertKey(transaction, row),
  });
  return done.ok ? succeed({ key: keyOf(row), secret }) : done;
}
