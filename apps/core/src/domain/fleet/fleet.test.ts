import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReportAppliedRequest } from '@org/contract/gen/flags/v1/sync_service';
import { createManualRuntime } from '../../testing/manual-runtime.ts';
import { openDatabases, type Databases } from '../../store/open-driver.ts';
import { startInstallation, valueOf, type TestInstallation } from '../testing/test-application.ts';
import { createFleetService, type FleetService } from './fleet-service.ts';

let core: TestInstallation;
let databases: Databases;
beforeAll(async () => {
  core = await startInstallation('postgres');
  databases = await openDatabases(core.database.url);
});
afterAll(async () => {
  await databases.close();
  await core.close();
});

const report = (id: string, revision: number): ReportAppliedRequest => ({
  environment: '',
  instance: { id, sdk: 'flags-node', version: '1', application: 'shop' },
  historyId: 'h',
  revision,
  hash: '',
  status: 'APPLY_STATUS_APPLIED',
  refusedRevision: 0,
  problems: [],
});
const revisionsOf = async (fleet: FleetService): Promise<unknown> => {
  const page = valueOf(await fleet.use.list(core.grant, { pageSize: 0, pageToken: '' }));
  return page.items.map(({ instance, revision }) => `${instance?.id}@${revision}`);
};

it('lists the instances of all cores, each as it was seen last, until it is no longer heard of', async () => {
  const runtime = createManualRuntime();
  const driver = databases.main;
  const [one, two] = ['one', 'two'].map((coreId) =>
    createFleetService({ driver, runtime, coreId, revision: () => 9 }),
  ) as [FleetService, FleetService];
  one.use.report(core.grant, report('a', 1));
  one.use.report(core.grant, report('moves', 1));
  runtime.advance(2_000);
  two.use.report(core.grant, report('b', 1));
  two.use.report(core.grant, report('moves', 2));
  expect(await revisionsOf(one)).toEqual(['a@1', 'moves@1']);
  await one.share();
  await two.share();
  expect(await revisionsOf(one)).toEqual(['a@1', 'b@1', 'moves@2']);
  expect(await revisionsOf(two)).toEqual(['a@1', 'b@1', 'moves@2']);
  runtime.advance(14.99 * 60_000);
  expect(await revisionsOf(one)).toEqual(['b@1', 'moves@2']);
  runtime.advance(60_000);
  expect(await revisionsOf(one)).toEqual([]);
});
