// The audit log as its readers see it, and whether it is still as it was written. Writes nothing.
import { fail, succeed, type Result } from '@org/contract';
import type { AuditEntry, VerifyAuditResponse } from '@org/contract/gen/flags/v1/audit_service';
import type { Application } from '../application.ts';
import { readAudit, verifyAudit, type AuditHead, type StoredAuditEntry } from '../store/audit-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { attempt } from '../store/store-error.ts';
import { invalidToken, pageSizeOf, positionOf, tokenOf } from './access/pages.ts';
import { timestampOf } from './environment/encoded.ts';

/** Makes the use cases of AuditService. */
export function createAuditService(driver: SqlDriver): Application['audit'] {
  return {
    async list(request) {
      const position = positionOf(request.pageToken);
      const below = position === '' ? Number.MAX_SAFE_INTEGER : Number(position ?? Number.NaN);
      if (!Number.isSafeInteger(below)) return invalidToken();
      const size = pageSizeOf(request);
      const read = await attempt(() => readAudit(driver, { below, limit: size + 1, action: request.action }));
      if (!read.ok) return read;
      const items = read.value.slice(0, size);
      const nextPageToken = read.value.length > size ? tokenOf(String(items.at(-1)?.sequence)) : '';
      return succeed({ items: items.map(entryMessage), nextPageToken });
    },
    async verify({ knownSequence, knownHash }) {
      if ((knownSequence === 0) !== (knownHash === '')) return halfAHead();
      const known = knownSequence === 0 ? undefined : { sequence: knownSequence, hash: knownHash };
      return verify(driver, known);
    },
  };
}

async function verify(driver: SqlDriver, known: AuditHead | undefined): Promise<Result<VerifyAuditResponse>> {
  const read = await attempt(() =>
    driver.transaction((session) => verifyAudit(session, known), { readOnly: true }),
  );
  if (!read.ok) return read;
  const { head, broken } = read.value;
  return succeed({
    ...head,
    whole: broken === undefined,
    brokenAt: broken?.sequence ?? 0,
    problem: broken?.problem ?? '',
  });
}

const halfAHead = (): Result<never> =>
  fail('INVALID_REQUEST', 'A noted head has a sequence and a hash.', {
    violations: [{ field: 'known_hash', rule: 'required', message: 'Name both, or neither.' }],
  });

const entryMessage = (entry: StoredAuditEntry): AuditEntry => ({
  sequence: entry.sequence,
  at: timestampOf(entry.atMs),
  actorKeyId: entry.actorKeyId,
  actorPrincipalId: entry.actorPrincipalId,
  action: entry.action,
  target: entry.target,
  details: entry.details,
  hash: entry.hash,
});
