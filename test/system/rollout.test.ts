// A rollout over real processes whose variant fails half of its calls takes itself back: in the core, by a commit with its evidence,
// and in every process. How fast, `npm run bench:rollback` measures.
import { afterEach, expect, it } from 'vitest';
import { call, createEnvironment } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import {
  prepareBrokenRollout,
  rolloutStatus,
  startGuardedFleet,
  type GuardedSightings,
} from '@org/tools/cluster/guarded-fleet';
import { exposed, openLaboratory, record, tracked } from './experiment-replay.ts';
import { closeAll, closeLater } from './run.ts';

afterEach(closeAll, 60_000);

const key = 'checkout';

async function untilSeen(
  look: () => Promise<readonly GuardedSightings[]>,
  holds: (seen: GuardedSightings) => boolean,
): Promise<readonly GuardedSightings[]> {
  let seen: readonly GuardedSightings[] = [];
  await expect
    .poll(async () => (seen = await look()).every(holds), { timeout: 60_000, interval: 100 })
    .toBe(true);
  return seen;
}

it('takes a failing variant back from every process, also when the core dies meanwhile', async () => {
  const core = closeLater(await startCore());
  const environment = await createEnvironment(core.httpUrl);
  const { reference } = environment;
  await prepareBrokenRollout(core.httpUrl, reference, key);
  const fleet = closeLater(await startGuardedFleet(3, core.grpcUrl, environment.sdkKey));
  await fleet.run(key, 100);
  await call(core.httpUrl, 'RolloutService/StartRollout', { environment: reference, key });
  await untilSeen(fleet.sightings, ({ failures }) => failures > 0);
  // Killed in the middle of it; what runs knows goes on with what was written.
  await core.restart();
  await expect
    .poll(() => rolloutStatus(core.httpUrl, reference, key), { timeout: 60_000, interval: 100 })
    .toMatchObject({ state: 'rolled_back', last: { by: 'controller:rollout', action: 'roll_back' } });
  const seen = await untilSeen(fleet.sightings, ({ revertedNs }) => revertedNs !== undefined);
  expect(seen.every(({ calls }) => calls > 0)).toBe(true);
  const history: { revisions: { principalName?: string; reason?: string }[] } = await call(
    core.httpUrl,
    'AdminService/ListHistory',
    { environment: reference, kind: 'rollout', key },
  );
  const rollbacks = history.revisions.filter(({ reason = '' }) => reason.startsWith('Rolled back'));
  expect(rollbacks).toMatchObject([{ principalName: 'controller:rollout' }]);
}, 180_000);

it('takes a variant back that costs conversions, by what analytics counts', async () => {
  const laboratory = await openLaboratory();
  const { core, environment } = laboratory;
  const flag = {
    type: 'boolean',
    enabled: true,
    variants: { on: true, off: false },
    default: { variant: 'off' },
  };
  const rollout = {
    ...{ target: { kind: 'flag', key: 'buy' }, variant: 'on', control: 'off', strategy: 'linear' },
    health: [{ id: 'purchases', type: 'metric', metric: 'purchases' }],
  };
  const metric = { type: 'conversion', selection: { event: 'purchase' }, direction: 'increase' };
  await call(core.httpUrl, 'AdminService/Commit', {
    environment: environment.reference,
    changes: [
      { kind: 'flag', key: 'buy', document: flag },
      { kind: 'metric', key: 'purchases', document: metric },
      { kind: 'rollout', key: 'buy', document: rollout },
    ],
  });
  await call(core.httpUrl, 'RolloutService/StartRollout', { environment: environment.reference, key: 'buy' });
  const startedMs = Date.now() + 1;
  const rule = 'overlay:rollout:buy';
  const events = Array.from({ length: 4_000 }, (_, unit) => {
    const isIn = unit % 10 === 0;
    // One in five buys without the variant, one in forty with it.
    const buys = isIn ? unit % 400 === 0 : unit % 5 === 1;
    const exposure = exposed('buy', `u-${String(unit)}`, isIn ? 'on' : 'off', startedMs);
    if (exposure.body?.$case === 'exposure') exposure.body.value.rule = rule;
    return [exposure, ...(buys ? [tracked(`u-${String(unit)}`, 'purchase', startedMs + 1)] : [])];
  }).flat();
  await record(laboratory, events);
  await expect
    .poll(() => rolloutStatus(core.httpUrl, environment.reference, 'buy'), { timeout: 90_000, interval: 500 })
    .toMatchObject({ state: 'rolled_back', last: { by: 'controller:rollout' } });
  const { last } = await rolloutStatus(core.httpUrl, environment.reference, 'buy');
  expect(last?.reasons?.[0]).toMatch(
    /^purchases: 10 of 400 units with the variant, \d+ of 3600 without; .* by counts/,
  );
}, 180_000);
