// The application in memory: the seam of the core without stores, for tests of the transports. Small but real: what is
// committed is seen by readers, watchers and evaluations.
import { fail, succeed } from '@org/contract';
import type { Fault } from '@org/contract';
import type { CommitResponse } from '@org/contract/gen/flags/v1/admin_service';
import type { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import type { ReportAppliedRequest } from '@org/contract/gen/flags/v1/sync_service';
import type { Application, EnvironmentGrant, StoredDocument } from '../application.ts';
import { noAnalytics } from '../analytics/analytics-client.ts';
import { createFakeDirectory } from './fake-directory.ts';
import type { FakeDirectory } from './fake-directory.ts';
import { createFakeReplica } from './fake-replica.ts';
import type { FakeDocument, FakeReplica } from './fake-replica.ts';

export interface FakeApplication extends Application {
  readonly access: FakeDirectory;
  replica(environmentId: string): FakeReplica;
  readonly recorded: { readonly grant: EnvironmentGrant; readonly request: RecordRequest }[];
  readonly reported: { readonly grant: EnvironmentGrant; readonly request: ReportAppliedRequest }[];
  /** Every write waits for this, so that a test can have calls under way. */
  gate: Promise<unknown>;
  /** Thrown by the next write, as a defect would. */
  defect: Error | undefined;
  /** Answered by writes while set. */
  fault: Fault | undefined;
}

export function createFakeApplication(now: () => number = () => Date.now()): FakeApplication {
  const replicas = new Map<string, FakeReplica>();
  const access = createFakeDirectory(now, (id) => replicas.set(id, createFakeReplica(id)));
  const replicaOf = (id: string): FakeReplica => replicas.get(id)!;

  async function write(
    grant: EnvironmentGrant,
    documents: Readonly<Record<string, FakeDocument | undefined>>,
  ) {
    await fake.gate;
    const { defect, fault } = fake;
    fake.defect = undefined;
    if (defect !== undefined) throw defect;
    if (fault !== undefined) return { ok: false, fault } as const;
    return succeed(commitResponse(replicaOf(grant.environmentId).change(documents), grant));
  }

  const fake: FakeApplication = {
    access,
    recorded: [],
    reported: [],
    gate: Promise.resolve(),
    defect: undefined,
    fault: undefined,
    replica: replicaOf,
    push: undefined,
    environments: {
      resolve(reference) {
        const found = [...access.environments.values()].find(
          ({ id, project, key }) => reference === id || reference === `${project}/${key}`,
        );
        return found && { id: found.id, reference: `${found.project}/${found.key}` };
      },
      replica: (id) => replicas.get(id),
      allowedOrigins: (id) => access.environments.get(id)?.allowedOrigins ?? [],
    },
    admin: {
      commit: (grant, { changes }) =>
        write(
          grant,
          Object.fromEntries(
            changes.map(({ key, action }) => [key, action?.$case === 'document' ? action.value : undefined]),
          ),
        ),
      kill: (grant, { flagKey }) => write(grant, { [flagKey]: { value: false } }),
      revert: (grant) => write(grant, {}),
      async getDocument(grant, kind, key) {
        const stored = replicaOf(grant.environmentId).get(key);
        if (stored === undefined || kind !== 'flag') return fail('NOT_FOUND', 'There is no such document.');
        return succeed(storedDocument(key, stored));
      },
      async listDocuments(grant, { pageSize }) {
        const replica = replicaOf(grant.environmentId);
        const items = replica.evaluator.flagKeys().map((key) => storedDocument(key, replica.get(key)!));
        return succeed({ items: items.slice(0, pageSize), nextPageToken: '', revision: replica.revision });
      },
      whereUsed: async () => succeed({ usages: [], more: false }),
      listSchedules: async () => succeed({ items: [], nextPageToken: '' }),
      listLifecycle: async (grant) =>
        succeed({ items: [], nextPageToken: '', revision: replicaOf(grant.environmentId).revision }),
      listHistory: async () => succeed({ items: [], nextPageToken: '' }),
      getRevision: async () => fail('NOT_FOUND', 'There is no such revision.'),
      diff: async (_grant, fromRevision, toRevision) =>
        succeed({ diffs: [], fromRevision, toRevision, more: false }),
    },
    lists: {
      putPart: async () => succeed({ count: 0 }),
      commit: (grant) => write(grant, {}),
      members: () => succeed([]),
      chunks: async () => succeed([]),
    },
    fleet: {
      report: (grant, request) => void fake.reported.push({ grant, request }),
      list: async (grant) =>
        succeed({ items: [], nextPageToken: '', revision: replicaOf(grant.environmentId).revision }),
    },
    experiments: {
      start: (grant) => write(grant, {}),
      ramp: (grant) => write(grant, {}),
      stop: (grant) => write(grant, {}),
      decide: (grant) => write(grant, {}),
    },
    sources: { list: async () => succeed({ sources: [] }) },
    rollouts: {
      step: (grant) => write(grant, {}),
      updateMetrics: async () => succeed({ unknown: [] }),
      status: async () => fail('NOT_FOUND', 'There is no such rollout.'),
      list: async () => succeed({ rollouts: [], nextPageToken: '' }),
      simulate: async () => fail('NOT_FOUND', 'There is no such rollout.'),
    },
    changeRequests: {
      propose: async () => noChangeRequest(),
      edit: async () => noChangeRequest(),
      review: async () => noChangeRequest(),
      apply: async () => noChangeRequest(),
      bypass: async () => noChangeRequest(),
      withdraw: async () => noChangeRequest(),
      get: async () => noChangeRequest(),
      list: async () => succeed({ items: [], nextPageToken: '' }),
    },
    history: {
      state: async (_grant, { revision }) => succeed({ revision, documents: [], nextPageToken: '' }),
      annotate: async () => fail('NOT_FOUND', 'There is no such revision.'),
      annotations: async () => succeed({ items: [], nextPageToken: '' }),
    },
    audit: {
      list: async () => succeed({ items: [], nextPageToken: '' }),
      verify: async () => succeed({ whole: true, brokenAt: 0, problem: '', sequence: 0, hash: '' }),
    },
    alerts: {
      list: async () => succeed({ alerts: [], nextPageToken: '' }),
      get: async () => noAlert(),
      silence: async () => noAlert(),
      endSilence: async () => noAlert(),
      silences: async () => succeed({ silences: [] }),
      acknowledge: async () => noAlert(),
      test: async () => noAlert(),
      channels: async () => succeed({ channels: [] }),
    },
    analytics: noAnalytics,
    events: {
      async record(grant, request) {
        fake.recorded.push({ grant, request });
        return succeed({ duplicate: false });
      },
    },
  };
  return fake;
}

const noAlert = () => fail('NOT_FOUND', 'There is no such alert.');
const noChangeRequest = () => fail('NOT_FOUND', 'There is no such change request.');

function storedDocument(
  key: string,
  { revision, document }: { revision: number; document: FakeDocument },
): StoredDocument {
  return { kind: 'flag', key, revision, document, createdAt: undefined, changedAt: undefined };
}

function commitResponse(revision: number, grant: EnvironmentGrant): CommitResponse {
  return {
    revision: {
      revision,
      committedAt: { seconds: 1_700_000_000, nanos: 0 },
      principalId: grant.caller.principal?.id ?? '',
      principalName: grant.caller.principal?.name ?? '',
      author: '',
      reason: '',
      idempotencyKey: '',
      changed: [],
      changedCount: 0,
    },
    diffs: [],
    historyId: 'history-1',
    replayed: false,
    unchanged: false,
  };
}
