// Which SDK instance runs which revision. Kept in memory, bounded per environment; with PostgreSQL each core also leaves
// its part in the database now and then, so that any core can list the whole fleet. Lossy by design: instances report
// again with every revision.
import { limits, succeed } from '@org/contract';
import { FleetMember } from '@org/contract/gen/flags/v1/admin_service';
import type { ReportAppliedRequest } from '@org/contract/gen/flags/v1/sync_service';
import type { Application } from '../../application.ts';
import { deleteOldFleet, readFleet, writeFleet } from '../../store/fleet-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { attempt } from '../../store/store-error.ts';
import { pageOf } from '../access/pages.ts';
import { timestampOf } from '../environment/encoded.ts';
import type { Runtime } from '../ports.ts';

const membersMax = 10_000;
const problemsMax = 20;
const textCharsMax = 200;
/** Members not heard of for so long are no longer listed. */
const memberLifetimeMs = 15 * 60 * 1000;
/** Another core's part is believed for so long after it was written. */
const shareLifetimeMs = 2 * memberLifetimeMs;

export interface FleetOptions {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly coreId: string;
  revision(environmentId: string): number;
}

export interface FleetService {
  readonly use: Application['fleet'];
  /** Every member heard of lately, by every core. */
  members(environmentId: string): Promise<readonly FleetMember[]>;
  /** Leaves this core's part in the database when something changed. @throws {StoreError} */
  share(): Promise<void>;
}

/** Makes an empty registry. */
export function createFleetService(options: FleetOptions): FleetService {
  const { driver, runtime, coreId } = options;
  const environments = new Map<string, Map<string, FleetMember>>();
  const changed = new Set<string>();
  const members = async (environmentId: string): Promise<readonly FleetMember[]> => {
    const since = runtime.now() - memberLifetimeMs;
    const foreign = await othersOf(options, environmentId);
    const found = new Map<string, FleetMember>();
    for (const member of [...foreign, ...(environments.get(environmentId)?.values() ?? [])]) {
      const id = member.instance?.id ?? '';
      if (seenAt(member) >= since && seenAt(member) >= seenAt(found.get(id))) found.set(id, member);
    }
    return [...found.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  };
  return {
    use: {
      report(grant, request) {
        const members = environments.get(grant.environmentId) ?? new Map<string, FleetMember>();
        environments.set(grant.environmentId, members);
        const member = memberOf(request, grant.caller.keyId, runtime.now());
        const id = member.instance?.id ?? '';
        // The one heard of last stands last; the first one goes when there are too many.
        members.delete(id);
        members.set(id, member);
        if (members.size > membersMax) members.delete(members.keys().next().value ?? '');
        changed.add(grant.environmentId);
      },
      async list({ environmentId }, page) {
        const found = pageOf(await members(environmentId), idOf, page);
        return found.ok ? succeed({ ...found.value, revision: options.revision(environmentId) }) : found;
      },
    },
    members,
    async share() {
      if (driver.dialect === 'sqlite') return;
      for (const environmentId of [...changed]) {
        changed.delete(environmentId);
        const members = [...(environments.get(environmentId)?.values() ?? [])].map((member) =>
          FleetMember.toJSON(member),
        );
        await writeFleet(driver, {
          coreId,
          environmentId,
          atMs: runtime.now(),
          members: JSON.stringify(members),
        });
      }
      await deleteOldFleet(driver, runtime.now() - shareLifetimeMs);
    },
  };
}

const idOf = (member: FleetMember): string => member.instance?.id ?? '';
const seenAt = (member: FleetMember | undefined): number => (member?.lastSeen?.seconds ?? 0) * 1000;

/** While the database does not answer, this core's part has to do. */
async function othersOf(
  { driver, coreId, runtime }: FleetOptions,
  environmentId: string,
): Promise<readonly FleetMember[]> {
  if (driver.dialect === 'sqlite') return [];
  const read = await attempt(() => readFleet(driver, environmentId, coreId, runtime.now() - shareLifetimeMs));
  if (!read.ok) return [];
  return read.value.flatMap((json) =>
    (JSON.parse(json) as unknown[]).map((member) => FleetMember.fromJSON(member)),
  );
}

const short = (text: string): string => text.slice(0, textCharsMax);

const memberOf = (request: ReportAppliedRequest, keyId: string, nowMs: number): FleetMember => ({
  instance: {
    id: short(request.instance?.id ?? ''),
    sdk: short(request.instance?.sdk ?? ''),
    version: short(request.instance?.version ?? ''),
    application: short(request.instance?.application ?? ''),
  },
  revision: request.revision,
  status: request.status,
  refusedRevision: request.refusedRevision,
  problems: request.problems.slice(0, problemsMax).map(({ kind, key, path, rule, message }) => ({
    kind: short(kind),
    key: key.slice(0, limits.keyCharsMax),
    path: short(path),
    rule: short(rule),
    message: short(message),
  })),
  lastSeen: timestampOf(nowMs),
  keyId,
});
