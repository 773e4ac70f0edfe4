// `npm run bench:rollback`: how long a rollout of a variant that fails every second call goes on: 4 application processes with
// 200 guarded calls a second each, at 10 %. From the first failed call anywhere to the last process without the rollout.
// `--json` prints one object a line; `--rounds` how often.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { call, createEnvironment } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import {
  prepareBrokenRollout,
  rolloutStatus,
  startGuardedFleet,
  type GuardedFleet,
  type GuardedSightings,
} from '@org/tools/cluster/guarded-fleet';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
  },
});
const goalMs = 5_000;
const processes = 4;
const callsPerSecond = 200;
/** Traffic before the rollout starts: what the variant is compared with. */
const quietMs = 3_000;
const lookMs = 20;
const giveUpMs = 60_000;

const core = await startCore();
const environment = await createEnvironment(core.httpUrl);
const fleet = await startGuardedFleet(processes, core.grpcUrl, environment.sdkKey);
try {
  for (let round = 1; round <= Number(values.rounds); round += 1) await measure(fleet, round);
} finally {
  await fleet.close();
  await core.close();
}

async function measure(guarded: GuardedFleet, round: number): Promise<void> {
  const key = `checkout-${String(round)}`;
  await prepareBrokenRollout(core.httpUrl, environment.reference, key);
  await guarded.run(key, callsPerSecond);
  await pause(quietMs);
  await call(core.httpUrl, 'RolloutService/StartRollout', { environment: environment.reference, key });
  const seen = await untilReverted(guarded);
  const { last } = await rolloutStatus(core.httpUrl, environment.reference, key);
  const firstBad = least(seen, ({ firstBadNs }) => firstBadNs);
  const after = (ns: string | undefined): number | undefined =>
    ns === undefined || firstBad === undefined ? undefined : Number(BigInt(ns) - firstBad) / 1e6;
  const reverted = seen.map(({ revertedNs }) => after(revertedNs));
  const tripped = seen.flatMap(({ trippedNs }) => after(trippedNs) ?? []);
  const revertedMs = reverted.includes(undefined) ? undefined : Math.max(...(reverted as number[]));
  const line = {
    ...{ bench: 'rollback', round, processes, callsPerSecond, percentage: 10 },
    ...{
      firstBadToFirstTripMs: rounded(Math.min(...tripped)),
      firstBadToLastRevertedMs: rounded(revertedMs),
    },
    ...{ failures: seen.reduce((sum, { failures }) => sum + failures, 0), goalMs },
    ...{ reason: last?.reasons?.[0] ?? '' },
  };
  console.log(values.json ? JSON.stringify(line) : text(line));
  if (revertedMs === undefined || revertedMs > goalMs) process.exitCode = 1;
}

async function untilReverted(guarded: GuardedFleet): Promise<readonly GuardedSightings[]> {
  const endMs = performance.now() + giveUpMs;
  for (;;) {
    const seen = await guarded.sightings();
    const isOver = seen.every(
      ({ revertedNs, firstBadNs }) => revertedNs !== undefined || firstBadNs === undefined,
    );
    if ((isOver && seen.some(({ revertedNs }) => revertedNs !== undefined)) || performance.now() > endMs)
      return seen;
    await pause(lookMs);
  }
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined || !Number.isFinite(ms) ? undefined : Math.round(ms);
}

function least(
  seen: readonly GuardedSightings[],
  of: (sightings: GuardedSightings) => string | undefined,
): bigint | undefined {
  const times = seen.flatMap((each) => of(each) ?? []).map(BigInt);
  return times.length === 0 ? undefined : times.reduce((a, b) => (a < b ? a : b));
}

function text(line: {
  round: number;
  firstBadToLastRevertedMs: number | undefined;
  failures: number;
}): string {
  const ms = line.firstBadToLastRevertedMs;
  const taken = ms === undefined ? 'not taken back' : `taken back everywhere after ${String(ms)} ms`;
  return `round ${String(line.round)}: ${taken}, ${String(line.failures)} failed calls`;
}
