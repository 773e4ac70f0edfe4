// What controllers know, in the memory of the core that holds the lease: read from the database when the lease was taken, written
// back with what was counted, and now and then. Forgotten with the lease: another core may have gone on meanwhile.
import { readStatuses, type StatusRow } from '../../store/controller-store.ts';
import type { Lease } from '../../store/lease-store.ts';
import type { SqlSession } from '../../store/sql-driver.ts';

export interface StatusMemory {
  /** Of this lease. @throws {StoreError} */
  enter(session: SqlSession, lease: Lease): Promise<void>;
  get(environmentId: string, kind: string, key: string): unknown;
  set(row: StatusRow): void;
  delete(environmentId: string, kind: string, key: string): void;
  /** Of every document that something is known of. */
  keysOf(environmentId: string, kind: string): readonly string[];
}

const idOf = (environmentId: string, kind: string, key: string): string =>
  JSON.stringify([environmentId, kind, key]);

/** Empty, of no lease. */
export function createStatusMemory(): StatusMemory {
  let epoch: number | undefined;
  let held = new Map<string, unknown>();
  return {
    async enter(session, lease) {
      if (epoch === lease.epoch) return;
      const rows = await readStatuses(session);
      held = new Map(rows.map((row) => [idOf(row.environmentId, row.kind, row.key), row.status]));
      epoch = lease.epoch;
    },
    get: (environmentId, kind, key) => held.get(idOf(environmentId, kind, key)),
    set: ({ environmentId, kind, key, status }) => void held.set(idOf(environmentId, kind, key), status),
    delete: (environmentId, kind, key) => void held.delete(idOf(environmentId, kind, key)),
    keysOf: (environmentId, kind) =>
      [...held.keys()]
        .map((id) => JSON.parse(id) as readonly [string, string, string])
        .filter(([environment, one]) => environment === environmentId && one === kind)
        .map(([, , key]) => key),
  };
}
