// What a client tells of units in overlays that are analysed, of their contexts, and of how long evaluations take.
import { afterEach, expect, it } from 'vitest';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import { createClient } from './client.ts';
import { booleanFlag, startFakeCore, type FakeCore } from './testing/fake-core.ts';
import type { FlagsClient } from './types.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const overlay = {
  target: { kind: 'flag', key: 'f' },
  patch: { serve: { variant: 'on' } },
  ranges: [{ from: 0, to: 100_000 }],
  mode: 'live',
  report: ['country', 'bot', 'age', 'tags', 'agent'],
};

const start = async (): Promise<{ core: FakeCore; client: FlagsClient }> => {
  const core = await startFakeCore();
  cleanUps.push(() => core.stop());
  const targets = [{ variant: 'off', keys: ['tester'] }];
  core.commit({ 'flag/f': { ...booleanFlag(false), targets }, 'overlay/experiment:x': overlay });
  const client = createClient({ url: core.url, key: 'flags_s_a_b' });
  cleanUps.push(() => client.close());
  await client.ready();
  return { core, client };
};

const recorded = <Case extends NonNullable<Event['body']>['$case']>(core: FakeCore, kind: Case) =>
  core.batches
    .flatMap(({ events }) => events)
    .flatMap(({ body }) =>
      body?.$case === kind ? [body.value as Extract<Event['body'], { $case: Case }>['value']] : [],
    );

it('tells what the overlay reports of a context, and nothing else of it', async () => {
  const { core, client } = await start();
  const flag = client.boolean('f', false);
  const user = { targetingKey: 'u-1', email: 'secret@example.com', country: 'DE', bot: false, age: 7.5 };
  flag.get({ ...user, tags: ['secret'], agent: 'x'.repeat(300) });
  flag.get({ targetingKey: 'u-2', age: Number.NaN });
  await client.flush();
  expect(recorded(core, 'exposure').map(({ attributes }) => attributes)).toEqual([
    { country: 'DE', bot: false, age: 7.5, agent: 'x'.repeat(256) },
    undefined,
  ]);
  expect(JSON.stringify(core.batches)).not.toContain('secret');
});

it('tells units that are targeted or overridden as excluded, each once', async () => {
  const { core, client } = await start();
  const flag = client.boolean('f', false);
  for (let again = 0; again < 3; again += 1) flag.get({ targetingKey: 'tester' });
  client.override('f', true);
  for (const unit of ['u-1', 'u-2', 'u-1']) flag.get({ targetingKey: unit });
  await client.flush();
  expect(recorded(core, 'exposure')).toMatchObject([
    { units: { user: 'tester' }, rule: 'target', excluded: true, attributes: undefined },
    { units: { user: 'u-1' }, rule: 'override', excluded: true },
    { units: { user: 'u-2' }, rule: 'override', excluded: true },
  ]);
});

it('measures one evaluation of each flag between two deliveries', async () => {
  const { core, client } = await start();
  const flag = client.boolean('f', false);
  for (let delivery = 0; delivery < 3; delivery += 1) {
    for (let again = 0; again < 50; again += 1) flag.get({ targetingKey: 'u-1' });
    await client.flush();
  }
  const samples = recorded(core, 'evaluationCount').map(({ count, evaluationTime }) => [
    count,
    (evaluationTime?.zeros ?? 0) + (evaluationTime?.counts ?? []).reduce((sum, each) => sum + each, 0),
  ]);
  // Armed when counts are looked at: the first window has no sample.
  expect(samples).toEqual([
    [50, 0],
    [50, 1],
    [50, 1],
  ]);
});

it('tells what was dropped, and what waits', async () => {
  const { client } = await start();
  client.track('bought', { context: { targetingKey: 'u-1' }, value: Number.POSITIVE_INFINITY });
  client.track('bought', { context: { targetingKey: 'u-1' }, value: 1 });
  expect(client.recording).toEqual({ waiting: 1, dropped: { invalid: 1 } });
  await client.flush();
  expect(client.recording).toEqual({ waiting: 0, dropped: { invalid: 1 } });
});
