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
