// Following the store while commits go on.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeRuntime } from '../../runtime.ts';
import { openDatabases, type Databases } from '../../store/open-driver.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import { createAccessCache } from '../access/access-cache.ts';
import { commitCommand } from '../commit/commands.ts';
import { createCommitService } from '../commit/commit-service.ts';
import {
  booleanFlag,
  commitOf,
  put,
  silentLogger,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';
import { startTail } from './tail.ts';

let installation: TestInstallation;
let databases: Databases;
beforeEach(async () => {
  installation = await startInstallation();
  await installation.running.close();
  databases = await openDatabases(installation.database.url);
});
afterEach(async () => {
  await databases.close();
  await installation.database.remove();
});

it('never goes behind a commit that was acknowledged while an environment is loaded anew', async () => {
  let onceBeforeDeltas: (() => Promise<void>) | undefined;
  const driver: SqlDriver = {
    ...databases.main,
    async query(text, values) {
      const work = text.includes('FROM deltas') ? onceBeforeDeltas : undefined;
      if (work !== undefined) onceBeforeDeltas = undefined;
      await work?.();
      return databases.main.query(text, values);
    },
  };
  const shared = { driver, runtime: nodeRuntime, logger: silentLogger };
  const access = await createAccessCache(driver, nodeRuntime);
  const tail = await startTail({ ...shared, access });
  const replica = tail.replica(installation.environmentId)!;
  const commits = createCommitService({
    ...shared,
    replica: (id) => tail.replica(id),
    onDamage: (id) => tail.distrust(id),
    failpoint: () => undefined,
  });
  const commit = async (): Promise<void> => {
    const request = commitOf([put('flag', 'a', booleanFlag({ description: `${replica.revision}` }))]);
    valueOf(await commits.execute(valueOf(commitCommand(installation.grant, request))));
  };
  const atResets: number[] = [];
  replica.subscribe('server', {
    delta: () => undefined,
    heartbeat: () => undefined,
    reset: () => void atResets.push(replica.revision),
  });
  await commit();
  onceBeforeDeltas = commit;
  tail.distrust(replica.environmentId);
  await tail.refresh();
  expect(onceBeforeDeltas).toBeUndefined();
  expect([replica.revision, atResets]).toEqual([2, [2]]);
  expect(replica.deltasAfter('server', replica.historyId, 0, 10)).toHaveLength(2);
  await tail.close();
});
