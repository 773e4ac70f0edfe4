// The frame of a system test: an environment on real cores, clients in processes of their own, a writer that never stops,
// something that does harm, and the check of every guarantee when all is over.
import { expect } from 'vitest';
import {
  createEnvironment,
  readHead,
  readNumbers,
  untilAnswered,
  type Head,
  type TestEnvironment,
} from '@org/tools/cluster/admin-client';
import { check } from '@org/tools/cluster/checkers';
import { startWriter, type CommitWriter } from '@org/tools/cluster/commit-writer';
import type { CoreProcess } from '@org/tools/cluster/core-process';
import type { CommitRecord, FinalState, History } from '@org/tools/cluster/history';
import { startSdkHost, untilConverged, type SdkHost } from '@org/tools/cluster/sdk-host';
import type { HostOptions } from '@org/tools/cluster/sdk-host-protocol';

/** Set by `npm run test:long`. */
export const isLong = process.env['FLAGS_TEST_LONG'] === '1';

/** What a test has in hand while it does harm. */
export interface Scene {
  readonly environment: TestEnvironment;
  readonly hosts: readonly SdkHost[];
  readonly writer: CommitWriter;
  /** Waits until so many more commits were acknowledged. */
  readonly commits: (count: number) => Promise<void>;
}

/** What a test is made of. */
export interface Plan {
  /** The first answers the questions at the end; the writer goes to all of them in turn. */
  readonly cores: readonly CoreProcess[];
  readonly hosts: readonly Partial<HostOptions>[];
  readonly harm: (scene: Scene) => Promise<void>;
  readonly intervalMs?: number;
}

/** What came of it. */
export interface Outcome {
  readonly environment: TestEnvironment;
  readonly history: History;
  /** Still running. */
  readonly hosts: readonly SdkHost[];
}

const opened: { close(): Promise<void> }[] = [];
let projects = 0;

/** Remembers something to be closed after the test, latest first. */
export function closeLater<T extends { close(): Promise<void> }>(thing: T): T {
  opened.push(thing);
  return thing;
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const thing of opened.splice(0).reverse()) await thing.close();
}

/** Runs the plan and expects that nothing breaks a guarantee. */
export async function runPlan(plan: Plan): Promise<Outcome> {
  const [core] = plan.cores;
  if (core === undefined) throw new Error('a plan needs a core');
  const environment = await createEnvironment(core.httpUrl, `project-${String((projects += 1))}`);
  const hosts = await Promise.all(
    plan.hosts.map((options, index) => openHost(plan.cores, environment, options, index)),
  );
  const writer = startWriter({
    httpUrls: plan.cores.map(({ httpUrl }) => httpUrl),
    environment: environment.reference,
    intervalMs: plan.intervalMs ?? 20,
  });
  const commits = async (count: number): Promise<void> => {
    const goal = writer.acknowledged() + count;
    await expect
      .poll(() => writer.acknowledged(), { timeout: 90_000, interval: 20 })
      .toBeGreaterThanOrEqual(goal);
  };
  await commits(5);
  await plan.harm({ environment, hosts, writer, commits });
  const history = await settle(core, environment, hosts, await writer.stop());
  expect(check(history)).toEqual([]);
  return { environment, history, hosts };
}

function openHost(
  cores: readonly CoreProcess[],
  environment: TestEnvironment,
  options: Partial<HostOptions>,
  index: number,
): Promise<SdkHost> {
  return startSdkHost({
    name: `host${String(index)}`,
    urls: cores.map(({ grpcUrl }) => grpcUrl),
    key: environment.sdkKey,
    ...options,
  }).then(closeLater);
}

/** Waits until every client runs the head, and gathers what was seen. */
async function settle(
  core: CoreProcess,
  { reference }: TestEnvironment,
  hosts: readonly SdkHost[],
  commits: readonly CommitRecord[],
): Promise<History> {
  const head = (): Promise<Head> => untilAnswered(() => readHead(core.httpUrl, reference));
  const finals: readonly FinalState[] = await untilConverged(hosts, head);
  const { revision, hash } = await head();
  const numbers = await untilAnswered(() => readNumbers(core.httpUrl, reference));
  const sightings = (await Promise.all(hosts.map((host) => host.sightings()))).flat();
  return { commits, sightings, finals, core: { revision, hash, numbers } };
}
