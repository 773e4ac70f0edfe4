// The first start: makes the first admin and its key, once, whatever number of cores start at the same time.
import type { KeyKind } from '@org/contract/gen/flags/v1/access_service';
import { bumpAccessVersion, insertKey, insertPrincipal } from '../../store/access-store.ts';
import { appendAudit } from '../../store/audit-store.ts';
import { numberOf } from '../../store/rows.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import type { RandomBytes } from '../ports.ts';
import { newId, newSecret, principalKeyId, sha256Hex } from './secrets.ts';

const kind = 'KEY_KIND_PRINCIPAL' satisfies KeyKind;

/**
 * Answers the secret of the key when it made one, to be shown once.
 *
 * @throws when the given key has not the shape of a principal's key
 */
export async function bootstrapAdmin(
  driver: SqlDriver,
  nowMs: number,
  randomBytes: RandomBytes,
  givenSecret: string | undefined,
): Promise<string | undefined> {
  const { id, secret } = givenSecret === undefined ? newSecret(randomBytes, kind) : givenKey(givenSecret);
  return driver.transaction(async (transaction) => {
    // Takes the row's lock: another core that starts now waits here and then finds the admin.
    await transaction.query('UPDATE installation SET id = id WHERE id = 1');
    const [row] = await transaction.query('SELECT COUNT(*) AS count FROM principals');
    if (row !== undefined && numberOf(row, 'count') > 0) return undefined;
    const principalId = newId(randomBytes);
    await insertPrincipal(transaction, {
      id: principalId,
      name: 'admin',
      kind: 'PRINCIPAL_KIND_PERSON',
      disabled: false,
      createdAtMs: nowMs,
      roles: [{ scope: '*', role: 'ROLE_ADMIN' }],
    });
    await insertKey(transaction, {
      id,
      kind,
      name: 'first key',
      secretSha256: sha256Hex(secret),
      principalId,
      environmentId: undefined,
      createdAtMs: nowMs,
      expiresAtMs: undefined,
      revokedAtMs: undefined,
    });
    await bumpAccessVersion(transaction);
    const details = { keyId: id };
    const entry = {
      atMs: nowMs,
      actorKeyId: '',
      actorPrincipalId: '',
      action: 'installation.bootstrap',
      target: principalId,
    };
    await appendAudit(transaction, { ...entry, details });
    return secret;
  });
}

function givenKey(secret: string): { readonly id: string; readonly secret: string } {
  const id = principalKeyId(secret);
  if (id === undefined) {
    throw new Error(
      'the bootstrap key must be flags_p_<id>_<secret>: id of 3 to 40 lower-case letters and digits, secret of 16 characters or more',
    );
  }
  return { id, secret };
}
