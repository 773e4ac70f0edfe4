// Leases, publishing and controllers, with the database's clock in the test's hands.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Delta, Heartbeat } from '@org/contract/gen/flags/v1/document';
import { createFailpoints } from '../domain/failpoints.ts';
import type { DeltaPublication, DeltaPublisher } from '../domain/ports.ts';
import { dialects } from '../domain/testing/test-database.ts';
import {
  booleanFlag,
  commitOf,
  put,
  startCore,
  startInstallation,
  until,
  valueOf,
  type TestInstallation,
} from '../domain/testing/test-application.ts';
import { assertLease, releaseLease, takeLease } from '../store/lease-store.ts';
import { openDatabases, type Databases } from '../store/open-driver.ts';
import { readBacklogs } from '../store/outbox-store.ts';

/** A push channel that keeps what it accepted, drops duplicates as a real one does, and can be out of order. */
class MemoryChannel implements DeltaPublisher {
  readonly accepted: DeltaPublication[] = [];
  readonly heartbeats: Heartbeat[] = [];
  calls = 0;
  isDown = false;

  async publish(delta: DeltaPublication): Promise<'accepted' | 'duplicate' | 'fenced'> {
    this.calls += 1;
    if (this.isDown) throw new Error('the channel is down');
    const last = this.accepted.findLast(({ environmentId }) => environmentId === delta.environmentId);
    if (last !== undefined && last.historyId === delta.historyId && delta.revision <= last.revision)
      return 'duplicate';
    this.accepted.push(delta);
    return 'accepted';
  }

  heartbeat(_environmentId: string, payload: Uint8Array): void {
    this.heartbeats.push(Heartbeat.decode(payload));
  }
}

describe.each(dialects)('background work on %s', (dialect) => {
  let core: TestInstallation;
  let databases: Databases;
  let channel: MemoryChannel;
  let offsetMs: number;
  const databaseClock = async (): Promise<number> => Date.now() + offsetMs;

  beforeEach(async () => {
    offsetMs = 0;
    channel = new MemoryChannel();
    core = await startInstallation(dialect, { publisher: channel, databaseClock });
    databases = await openDatabases(core.database.url);
  });
  afterEach(async () => {
    await databases.close();
    await core.close();
  });

  const commit = async (key: string, more: object = {}) =>
    valueOf(await core.application.admin.commit(core.grant, commitOf([put('flag', key, booleanFlag(more))])));
  const revisions = () => channel.accepted.map(({ revision }) => revision);

  describe('a lease', () => {
    const request = (holder: string) => ({ name: 'test', holder, lifetimeMs: 3_000 });
    const hold = (holder: string) => takeLease(databases.main, databaseClock, request(holder));
    const fenced = (lease: NonNullable<Awaited<ReturnType<typeof hold>>>) =>
      databases.main.transaction((session) => assertLease(session, dialect, databaseClock, lease));

    it('belongs to one, who may prolong it', async () => {
      const lease = await hold('a');
      expect(lease).toMatchObject({ holder: 'a', epoch: 1 });
      expect(await hold('b')).toBeUndefined();
      expect(await hold('a')).toEqual(lease);
    });

    it('goes to another when it was not prolonged, and the first one writes nothing more', async () => {
      const first = (await hold('a'))!;
      await fenced(first);
      offsetMs += 3_000;
      await expect(fenced(first)).rejects.toMatchObject({ code: 'LEASE_LOST' });
      const second = (await hold('b'))!;
      expect(second.epoch).toBe(2);
      await fenced(second);
      await expect(fenced(first)).rejects.toMatchObject({ code: 'LEASE_LOST' });
      expect(await hold('a')).toBeUndefined();
    });

    it('gets a new epoch when its holder let it run out', async () => {
      await hold('a');
      offsetMs += 10_000;
      expect((await hold('a'))?.epoch).toBe(2);
    });

    it('can be given back', async () => {
      await releaseLease(databases.main, (await hold('a'))!);
      expect(await hold('b')).toMatchObject({ epoch: 2 });
    });

    it('is given to one of many who ask at once', async () => {
      const taken = await Promise.all(Array.from({ length: 10 }, (_, index) => hold(`h${index}`)));
      expect(taken.filter((lease) => lease !== undefined).length).toBe(1);
    });
  });

  it('publishes every revision once, in order, as the replica would send it', async () => {
    for (let index = 0; index < 5; index += 1) await commit('a', { description: `${index}` });
    await until(() => channel.accepted.length === 5);
    expect(revisions()).toEqual([1, 2, 3, 4, 5]);
    const delta = Delta.decode(channel.accepted[4]?.payload ?? new Uint8Array());
    const replica = core.application.environments.replica(core.environmentId);
    expect(delta).toMatchObject({
      revision: 5,
      previousRevision: 4,
      hash: replica?.hash('server'),
      historyId: replica?.historyId,
    });
    await until(async () => (await readBacklogs(databases.main)).length === 0);
    expect(core.running.status()).toMatchObject({ publisher: 'leader', outboxBacklog: 0 });
  });

  it('catches up after an outage of the channel', async () => {
    channel.isDown = true;
    for (let index = 0; index < 120; index += 1) await commit('a', { description: `${index}` });
    await until(() => channel.calls > 0 && core.running.status().outboxBacklog > 0);
    channel.isDown = false;
    await until(() => channel.accepted.length === 120);
    expect(revisions()).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
  });

  it('hands over to another core, which goes on where the first one stopped', async () => {
    await commit('a');
    await until(() => channel.accepted.length === 1);
    const other = await startCore(core.database.url, { publisher: channel, databaseClock });
    expect(other.running.status().publisher).toBe('follower');
    await core.running.close();
    valueOf(await other.application.admin.commit(core.grant, commitOf([put('flag', 'b', booleanFlag())])));
    await until(() => channel.accepted.length === 2);
    expect(revisions()).toEqual([1, 2]);
    // The two leases are taken one by one.
    await until(() => other.running.status().runner === 'leader');
    expect(other.running.status().publisher).toBe('leader');
    await other.running.close();
  });

  describe('a schedule', () => {
    const inMs = (ms: number): string => new Date(Date.now() + offsetMs + ms).toISOString();
    const schedule = async (key: string, at: string, changes: readonly object[]) =>
      valueOf(
        await core.application.admin.commit(
          core.grant,
          commitOf([put('schedule', key, { at, changes, reason: 'launch', author: 'ada' })]),
        ),
      );
    const flagChange = (document: object | null) => ({ kind: 'flag', key: 'a', document });
    const replica = () => core.application.environments.replica(core.environmentId);
    const isThere = async (key: string) =>
      (await core.application.admin.getDocument(core.grant, 'schedule', key)).ok;
    const history = async () =>
      valueOf(
        await core.application.admin.listHistory(core.grant, {
          pageSize: 0,
          pageToken: '',
          kind: '',
          key: '',
        }),
      ).items;

    it('is executed once when its time has come, by the database clock, with the schedule gone in the same commit', async () => {
      await schedule('s', inMs(3_600_000), [flagChange(booleanFlag())]);
      const other = await startCore(core.database.url, { databaseClock });
      expect(replica()?.evaluator.flagKeys()).toEqual([]);
      offsetMs += 3_600_001;
      await until(async () => !(await isThere('s')));
      expect(replica()?.evaluator.evaluate('a', {})).toMatchObject({ value: true });
      offsetMs -= 7_200_000;
      await commit('b');
      offsetMs += 7_200_000;
      await commit('c');
      await other.running.close();
      const [last] = (await history()).filter(({ principalName }) => principalName === 'controller:schedule');
      expect(last).toMatchObject({
        author: 'ada',
        reason: 'launch',
        changed: [{ kind: 'flag' }, { kind: 'schedule' }],
        idempotencyKey: 'schedule:s@1:execute',
      });
      expect((await history()).length).toBe(4);
    });

    it('says why it failed, and is not tried again until its author changes it', async () => {
      await commit('a');
      await schedule('s', inMs(-1_000), [
        flagChange({
          type: 'boolean',
          enabled: true,
          variants: { on: true },
          rules: [{ id: 'r', when: { op: 'segment', key: 'nobody' }, serve: { variant: 'on' } }],
        }),
      ]);
      const read = async () => valueOf(await core.application.admin.getDocument(core.grant, 'schedule', 's'));
      await until(async () => (await read()).document?.['failed'] !== undefined);
      const { failed } = (await read()).document as { failed: { message: string } };
      expect(failed.message).toContain(
        'changes[0].document.rules[0].when.key: There is no segment "nobody".',
      );
      const { length } = await history();
      await schedule('s', inMs(-1_000), [flagChange(null)]);
      await until(async () => !(await isThere('s')));
      expect((await history()).length).toBe(length + 2);
      expect(replica()?.evaluator.flagKeys()).toEqual([]);
    });

    it('fails when the document has moved on', async () => {
      await commit('a');
      await commit('a', { description: 'moved' });
      await schedule('s', inMs(-1_000), [{ ...flagChange(null), expectedDocumentRevision: 1 }]);
      await until(async () =>
        JSON.stringify(await core.application.admin.getDocument(core.grant, 'schedule', 's')).includes(
          'REVISION_CONFLICT',
        ),
      );
      expect(replica()?.evaluator.flagKeys()).toEqual(['a']);
    });

    it('is executed exactly once, however the lease changes hands', async () => {
      const others = [];
      for (let index = 0; index < 2; index += 1)
        others.push(await startCore(core.database.url, { databaseClock }));
      const keys = Array.from({ length: 10 }, (_, index) => `s${index}`);
      for (const key of keys)
        await schedule(key, inMs(500), [{ kind: 'flag', key, document: booleanFlag() }]);
      // Each jump takes the lease from its holder while schedules fall due.
      await until(async () => {
        offsetMs += 1_500;
        const there = await Promise.all(keys.map(isThere));
        return there.every((found) => !found);
      });
      const executed = (await history()).filter(
        ({ principalName }) => principalName === 'controller:schedule',
      );
      expect(executed.map(({ idempotencyKey }) => idempotencyKey).toSorted()).toEqual(
        keys.map((key, index) => `schedule:${key}@${index + 1}:execute`).toSorted(),
      );
      await Promise.all(others.map(({ running }) => running.close()));
    });
  });
});

describe('failpoints', () => {
  it('end the process at the hit they name', () => {
    let deaths = 0;
    const hit = createFailpoints('after-commit=kill:3,before-publish=kill', () => void (deaths += 1));
    hit('after-commit');
    hit('after-commit');
    expect(deaths).toBe(0);
    hit('after-commit');
    hit('before-publish');
    hit('before-publish');
    hit('after-publish');
    expect(deaths).toBe(2);
  });

  it.each(['nonsense=kill', 'after-commit', 'after-commit=pause'])('refuse %s', (setting) => {
    expect(() => createFailpoints(setting, () => undefined)).toThrow('unknown failpoint');
  });
});
