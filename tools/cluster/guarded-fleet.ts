// Application processes that make guarded calls, and a rollout of a variant that fails: for the benchmark of roll-backs and its
// system test.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { call } from './admin-client.ts';

/** Times are of the machine's monotonic clock, in nanoseconds. */
export interface GuardedSightings {
  readonly calls: number;
  readonly failures: number;
  readonly firstBadNs?: string;
  readonly trippedNs?: string;
  /** The rollout was no longer there. */
  readonly revertedNs?: string;
}

export type GuardedRequest =
  | { readonly type: 'open'; readonly url: string; readonly key: string }
  | { readonly type: 'run'; readonly flagKey: string; readonly callsPerSecond: number }
  | { readonly type: 'sightings' }
  | { readonly type: 'close' };
export type GuardedAnswer =
  { readonly type: 'done' } | { readonly type: 'sightings'; readonly sightings: GuardedSightings };

/** Some application processes. */
export interface GuardedFleet {
  run(flagKey: string, callsPerSecond: number): Promise<void>;
  sightings(): Promise<readonly GuardedSightings[]>;
  close(): Promise<void>;
}

const worker = fileURLToPath(new URL('guarded-worker.ts', import.meta.url));

/** Starts processes that are ready to evaluate. */
export async function startGuardedFleet(processes: number, url: string, key: string): Promise<GuardedFleet> {
  const children = Array.from({ length: processes }, () =>
    fork(worker, [], {
      execArgv: ['--conditions=@org/source'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  const askAll = (request: GuardedRequest): Promise<readonly GuardedAnswer[]> =>
    Promise.all(children.map((child) => ask(child, request)));
  await askAll({ type: 'open', url, key });
  return {
    async run(flagKey, callsPerSecond) {
      await askAll({ type: 'run', flagKey, callsPerSecond });
    },
    sightings: async () =>
      (await askAll({ type: 'sightings' })).flatMap((answer) =>
        answer.type === 'sightings' ? [answer.sightings] : [],
      ),
    async close() {
      await askAll({ type: 'close' });
    },
  };
}

async function ask(child: ChildProcess, request: GuardedRequest): Promise<GuardedAnswer> {
  const answered = once(child, 'message') as Promise<[GuardedAnswer]>;
  child.send(request);
  return (await answered)[0];
}

/** A flag whose variant "broken" fails, and a rollout of it at 10 % that is watched by guarded calls alone. */
export async function prepareBrokenRollout(httpUrl: string, environment: string, key: string): Promise<void> {
  const flag = {
    type: 'string',
    enabled: true,
    variants: { old: 'fine', new: 'broken' },
    default: { variant: 'old' },
  };
  const rollout = {
    target: { kind: 'flag', key },
    variant: 'new',
    strategy: 'linear',
    minimumMinutes: 60,
    health: [{ id: 'errors', type: 'guarded_errors' }],
  };
  await call(httpUrl, 'AdminService/Commit', {
    environment,
    changes: [
      { kind: 'flag', key, document: flag },
      { kind: 'rollout', key, document: rollout },
    ],
    author: 'test',
    reason: 'a planted failure',
  });
}

/** What is looked at of a rollout's status. */
export interface RolloutGlance {
  readonly state: string;
  readonly last?: { readonly by: string; readonly action: string; readonly reasons?: readonly string[] };
}

export const rolloutStatus = (httpUrl: string, environment: string, key: string): Promise<RolloutGlance> =>
  call(httpUrl, 'RolloutService/GetRolloutStatus', { environment, key });
