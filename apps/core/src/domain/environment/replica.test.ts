import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WatchResponse } from '@org/contract/gen/flags/v1/sync_service';
import type { EnvironmentReplica, ReplicaListener } from '../../application.ts';
import {
  booleanFlag,
  commitOf,
  faultOf,
  grantOf,
  put,
  startCore,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

describe('a replica', () => {
  let core: TestInstallation;
  let replica: EnvironmentReplica;
  beforeEach(async () => {
    core = await startInstallation();
    replica = core.application.environments.replica(core.environmentId)!;
  });
  afterEach(() => core.close());

  const commit = (...changes: Parameters<typeof commitOf>[0]) =>
    core.application.admin.commit(core.grant, commitOf(changes));
  const filled = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1)
      valueOf(await commit(put('flag', 'a', booleanFlag({ description: `${index}` }))));
  };
  const revisionsAfter = (at: EnvironmentReplica, revision: number, limit = 1_000) =>
    at.deltasAfter('server', at.historyId, revision, limit)?.map(({ message }) => message.revision);

  it('gives the deltas after a revision, in pages, and none for another history', async () => {
    await filled(5);
    expect(revisionsAfter(replica, 2)).toEqual([3, 4, 5]);
    expect(revisionsAfter(replica, 2, 2)).toEqual([3, 4]);
    expect(revisionsAfter(replica, 5)).toEqual([]);
    expect(revisionsAfter(replica, 6)).toBeUndefined();
    expect(replica.deltasAfter('server', 'another', 2, 10)).toBeUndefined();
  });

  it('holds the newest deltas only', async () => {
    await filled(1_005);
    expect(revisionsAfter(replica, 4)).toBeUndefined();
    expect(revisionsAfter(replica, 5)?.length).toBe(1_000);
  }, 120_000);

  it('still has the deltas after a restart, the same for both views', async () => {
    await commit(
      put('flag', 'a', booleanFlag({ clientVisible: true, targets: [{ variant: 'on', keys: ['u'] }] })),
    );
    await filled(3);
    const encoded = (at: EnvironmentReplica) =>
      (['server', 'client'] as const).map((view) =>
        at.deltasAfter(view, at.historyId, 0, 10)?.map(({ watchBytes }) => watchBytes.toString('hex')),
      );
    const before = encoded(replica);
    await core.running.close();
    const again = await startCore(core.database.url);
    const restarted = again.application.environments.replica(core.environmentId)!;
    expect(encoded(restarted)).toEqual(before);
    expect([restarted.revision, restarted.hash('client')]).toEqual([4, replica.hash('client')]);
    await again.running.close();
  });

  it('encodes a message once, in both forms', async () => {
    await filled(1);
    const snapshot = replica.snapshot('server');
    expect(replica.snapshot('server')).toBe(snapshot);
    expect(snapshot.watchBytes).toBe(snapshot.watchBytes);
    expect(WatchResponse.decode(snapshot.watchBytes).message).toEqual({
      $case: 'snapshot',
      value: snapshot.message,
    });
    expect(WatchResponse.fromJSON(JSON.parse(snapshot.watchLine.toString()))).toEqual({
      message: { $case: 'snapshot', value: snapshot.message },
    });
    expect(snapshot.watchLine.at(-1)).toBe(10);
    await filled(2);
    expect(replica.snapshot('server')).not.toBe(snapshot);
  });

  it('goes on when a listener fails', async () => {
    const seen: number[] = [];
    const listener = (delta: ReplicaListener['delta']): ReplicaListener => ({
      delta,
      heartbeat: () => undefined,
      reset: () => undefined,
    });
    replica.subscribe(
      'server',
      listener(() => {
        throw new Error('defect');
      }),
    );
    const stop = replica.subscribe(
      'server',
      listener(({ message }) => seen.push(message.revision)),
    );
    await filled(2);
    stop();
    await filled(3);
    expect(seen).toEqual([1, 2]);
  });

  it('marks a delta that is too large to travel, and still has the right hash', async () => {
    const text = 'x'.repeat(200_000);
    const changes = ['a', 'b', 'c'].map((key) => put('flag', key, booleanFlag({ metadata: { text } })));
    valueOf(await commit(...changes));
    const delta = replica.deltasAfter('server', replica.historyId, 0, 1)?.[0]?.message;
    expect(delta).toMatchObject({ truncated: true, upserts: [], revision: 1, hash: replica.hash('server') });
    expect(replica.snapshot('server').message.documents.length).toBe(3);
  });

  it('refuses a snapshot that would be too large, and stays as it was', async () => {
    const text = 'x'.repeat(250_000);
    const keys = Array.from({ length: 84 }, (_, index) => `k${index}`);
    const fault = faultOf(
      await commit(...keys.map((key) => put('flag', key, booleanFlag({ metadata: { text } })))),
    );
    expect(fault.violations).toMatchObject([{ field: 'changes', rule: 'max_snapshot_bytes' }]);
    expect(replica.revision).toBe(0);
  });

  it('shares the fleet', async () => {
    const grant = grantOf(core.admin, core.environmentId);
    const report = (id: string, revision: number) =>
      core.application.fleet.report(grant, {
        environment: '',
        instance: { id, sdk: 'flags-node', version: '1', application: 'shop' },
        historyId: replica.historyId,
        revision,
        hash: '',
        status: 'APPLY_STATUS_REFUSED',
        refusedRevision: 7,
        problems: [{ kind: 'flag', key: 'a', path: '', rule: 'r', message: 'm'.repeat(1_000) }],
      });
    for (const [id, revision] of [
      ['b', 1],
      ['a', 1],
      ['a', 2],
    ] as const)
      report(id, revision);
    const page = valueOf(await core.application.fleet.list(grant, { pageSize: 10, pageToken: '' }));
    expect(page.items.map(({ instance, revision }) => [instance?.id, revision])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(page.items[0]).toMatchObject({
      status: 'APPLY_STATUS_REFUSED',
      refusedRevision: 7,
      keyId: 'admin',
    });
    expect(page.items[0]?.problems[0]?.message.length).toBe(200);
  });
});
