// Changes of access: written, audited and made visible here in one way, whatever they change.
import { fail, succeed, type Result } from '@org/contract';
import type { Caller, EnvironmentReplica, Page } from '../../application.ts';
import { bumpAccessVersion } from '../../store/access-store.ts';
import { appendAudit } from '../../store/audit-store.ts';
import type { SqlDriver, SqlTransaction } from '../../store/sql-driver.ts';
import { attempt, isUniqueViolation, Refusal } from '../../store/store-error.ts';
import type { RandomBytes, Runtime } from '../ports.ts';
import type { AccessCache } from './access-cache.ts';

export interface AccessServiceOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly randomBytes: RandomBytes;
  readonly cache: AccessCache;
  replica(environmentId: string): EnvironmentReplica | undefined;
  /** Reads what changed, environments included; called after every change. */
  refresh(): Promise<void>;
}

/** A change of access by somebody. */
export interface AccessChange {
  readonly actor: Caller;
  readonly action: string;
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
  write(transaction: SqlTransaction): Promise<unknown>;
}

export const notFound = (what: string): { ok: false } & Result<never> =>
  fail('NOT_FOUND', `There is no such ${what}.`);

/** Writes, audits, bumps the version, and waits until this core sees it. */
export async function commitChange(
  options: AccessServiceOptions,
  change: AccessChange,
): Promise<Result<void>> {
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

/** A page of rows as a page of messages. */
export const mapPage = <Row, Item>(page: Result<Page<Row>>, map: (row: Row) => Item): Result<Page<Item>> =>
  page.ok ? succeed({ items: page.value.items.map(map), nextPageToken: page.value.nextPageToken }) : page;
