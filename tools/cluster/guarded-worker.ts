// An application process that makes guarded calls at a steady rate; calls with the variant "broken" fail every second time.
// Notes when the first call failed, when its own breaker opened, and when the rollout was taken back.
import { createClient, type FlagsClient } from '@org/flags-node';
import type { GuardedAnswer, GuardedRequest, GuardedSightings } from './guarded-fleet.ts';

process.on('message', (request: GuardedRequest) => void answer(request));
process.on('disconnect', () => process.exit(0));

const send = (message: GuardedAnswer): void => void process.send?.(message);

let client: FlagsClient | undefined;
let stopTraffic = (): void => undefined;
let seen: GuardedSightings = nothing();

async function answer(request: GuardedRequest): Promise<void> {
  switch (request.type) {
    case 'open':
      client = createClient({ url: request.url, key: request.key, application: 'guarded' });
      await client.ready();
      return send({ type: 'done' });
    case 'run':
      run(client!, request.flagKey, request.callsPerSecond);
      return send({ type: 'done' });
    case 'sightings':
      return send({ type: 'sightings', sightings: seen });
    case 'close':
      stopTraffic();
      await client?.close({ timeoutMs: 500 });
      send({ type: 'done' });
      process.disconnect();
  }
}

function nothing(): GuardedSightings {
  return { calls: 0, failures: 0 };
}

const nowNs = (): string => String(process.hrtime.bigint());
const unitsCount = 5_000;
const ticksPerSecond = 50;

function run(running: FlagsClient, flagKey: string, callsPerSecond: number): void {
  stopTraffic();
  seen = nothing();
  const flag = running.string(flagKey, 'none');
  let withVariant = 0;
  const call = running.guard(flag, (value) => {
    if (value !== 'broken') return;
    withVariant += 1;
    if (withVariant % 2 === 0) throw new Error('planted');
  });
  const isStaged = (): boolean => running.inRollout(flagKey, { targetingKey: stagedUnit ?? '' });
  let stagedUnit: string | undefined;
  const forget = [
    running.on('breaker', () => (seen = { trippedNs: nowNs(), ...seen })),
    running.on('change', () => {
      if (seen.firstBadNs !== undefined && stagedUnit !== undefined && !isStaged())
        seen = { revertedNs: nowNs(), ...seen };
    }),
  ];
  const timer = setInterval(() => {
    for (let made = 0; made < callsPerSecond / ticksPerSecond; made += 1) {
      const targetingKey = `unit-${String(Math.floor(Math.random() * unitsCount))}`;
      seen = { ...seen, calls: seen.calls + 1 };
      try {
        call({ targetingKey });
      } catch {
        stagedUnit ??= targetingKey;
        running.inRollout(flagKey, { targetingKey });
        seen = { firstBadNs: nowNs(), ...seen, failures: seen.failures + 1 };
      }
    }
  }, 1_000 / ticksPerSecond);
  stopTraffic = () => {
    clearInterval(timer);
    forget.forEach((each) => each());
  };
}
