// What the core does while its database is full or away, and afterwards, without being started again.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteDriver } from '../store/sqlite/sqlite-driver.ts';
import { openLink, type Link } from './testing/link.ts';
import {
  adminKey,
  booleanFlag,
  commitOf,
  faultOf,
  grantOf,
  put,
  startCore,
  startInstallation,
  until,
  valueOf,
  type TestCore,
  type TestInstallation,
} from './testing/test-application.ts';
import { newDatabase } from './testing/test-database.ts';

const commit = (core: TestCore, environmentId: string, key: string, more: object = {}, idempotencyKey = '') =>
  core.application.admin.commit(
    grantOf(core.admin, environmentId),
    commitOf([put('flag', key, booleanFlag(more))], { idempotencyKey }),
  );

describe('a full SQLite file', () => {
  it('refuses writes clearly, goes on reading, and takes writes again when there is space', async () => {
    const database = await newDatabase('sqlite');
    const driver = createSqliteDriver(database.url);
    await driver.transaction((session) => session.query('CREATE TABLE items (text TEXT)'));
    const write = (text: string) =>
      driver.transaction((session) => session.query('INSERT INTO items VALUES ($1)', [text]));
    const [pages] = await driver.query('PRAGMA page_count');
    const limit = (count: number) =>
      driver.transaction((session) => session.query(`PRAGMA max_page_count = ${count}`));
    await limit(Number(pages?.['page_count']) + 1);
    await write('small');
    const big = 'x'.repeat(100_000);
    // Together, so that they share a transaction: what fits must not be lost with what does not.
    const outcomes = await Promise.allSettled([write('fits'), write(big), write('fits, too')]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'STORE_FULL' });
    expect(await driver.query('SELECT COUNT(*) AS n FROM items')).toEqual([{ n: 4 - refused.length }]);
    await limit(1_000_000);
    await write(big);
    await driver.close();
    await database.remove();
  });
});

describe('a PostgreSQL that goes away', () => {
  let core: TestInstallation;
  let link: Link;
  let linked: TestCore;

  beforeEach(async () => {
    core = await startInstallation('postgres');
    const url = new URL(core.database.url);
    link = await openLink({ host: url.hostname, port: Number(url.port) });
    url.port = String(link.port);
    linked = await startCore(url.href);
    valueOf(await commit(linked, core.environmentId, 'a'));
  });
  afterEach(async () => {
    link.mend();
    await linked.running.close();
    await link.close();
    await core.close();
  });

  it('is answered for with STORE_UNAVAILABLE while memory goes on, and comes back by itself', async () => {
    const replica = linked.application.environments.replica(core.environmentId);
    link.cut();
    const fault = faultOf(await commit(linked, core.environmentId, 'b'));
    expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterMs: expect.any(Number) as number });
    expect(replica?.evaluator.evaluate('a', {})).toMatchObject({ value: true });
    expect(valueOf(await linked.application.access.authenticate(adminKey))).toBeDefined();
    await until(() => !linked.running.isReady());
    expect(faultOf(await linked.application.access.authenticate(`${adminKey}unknown`)).code).toBe(
      'STORE_UNAVAILABLE',
    );
    valueOf(await commit(core, core.environmentId, 'meanwhile'));
    link.mend();
    await until(() => linked.running.isReady() && replica?.revision === 2);
    expect(valueOf(await commit(linked, core.environmentId, 'b'))).toMatchObject({
      revision: { revision: 3 },
    });
    await until(() => core.application.environments.replica(core.environmentId)?.revision === 3);
  });

  it('does not make a repeated commit twice, whenever the connection broke', async () => {
    const rounds = 12;
    for (let round = 0; round < rounds; round += 1) {
      const first = commit(linked, core.environmentId, `f${round}`, {}, `k${round}`);
      // Another moment of the commit each time.
      for (let turns = 0; turns < round * 3; turns += 1)
        await new Promise((resolve) => setImmediate(resolve));
      link.cut();
      await first;
      link.mend();
      await until(async () => (await commit(linked, core.environmentId, `f${round}`, {}, `k${round}`)).ok);
    }
    const page = { pageSize: 100, pageToken: '', kind: '', key: '' };
    const { items } = valueOf(await core.application.admin.listHistory(core.grant, page));
    expect(items.map(({ revision }) => revision)).toEqual(
      Array.from({ length: rounds + 1 }, (_, index) => rounds + 1 - index),
    );
    await until(() => linked.application.environments.replica(core.environmentId)?.revision === rounds + 1);
  });

  it('does not keep a frozen connection from being replaced', async () => {
    link.freeze();
    const pending = commit(linked, core.environmentId, 'b');
    expect(faultOf(await pending).code).toBe('STORE_UNAVAILABLE');
    link.mend();
    await until(async () => (await commit(linked, core.environmentId, 'c')).ok);
  });
});
