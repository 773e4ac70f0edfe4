// Starts processes with many SDK clients and asks them what they see.
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { waitUntil } from '../services/service-process.ts';
import type { Head } from './admin-client.ts';
import type { FinalState, Sighting } from './history.ts';
import type { HostAnswer, HostOptions, HostRequest, Position } from './sdk-host-protocol.ts';

export type { Position } from './sdk-host-protocol.ts';

/** A process with SDK clients. */
export interface SdkHost {
  readonly pid: number;
  positions(): Promise<readonly Position[]>;
  /** What the clients saw since the last call. */
  sightings(): Promise<readonly Sighting[]>;
  /** Blocks the event loop of all its clients; resolves when it is over. */
  block(durationMs: number): Promise<void>;
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Starts a host and opens its clients. */
export async function startSdkHost(
  options: Partial<HostOptions> & Pick<HostOptions, 'urls' | 'key'>,
): Promise<SdkHost> {
  const child = fork(join(import.meta.dirname, 'sdk-host-worker.ts'), {
    execArgv: ['--conditions=@org/source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ask = createConversation(child);
  await ask(
    { type: 'open', options: { name: 'sdk', clients: 1, transport: 'auto', waitForReady: true, ...options } },
    'opened',
  );
  return {
    pid: child.pid ?? 0,
    positions: async () => (await ask({ type: 'positions' }, 'positions')).positions,
    sightings: async () => (await ask({ type: 'sightings' }, 'sightings')).sightings,
    block: async (durationMs) => void (await ask({ type: 'block', durationMs }, 'blocked')),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    close: async () => {
      if (child.exitCode !== null) return;
      const gone = new Promise((settle) => child.once('exit', settle));
      child.kill('SIGCONT');
      await ask({ type: 'close' }, 'closed').catch(() => child.kill('SIGKILL'));
      await gone;
    },
  };
}

type Ask = <T extends HostAnswer['type']>(
  request: HostRequest,
  expected: T,
) => Promise<Extract<HostAnswer, { type: T }>>;

/** One question at a time is open per kind of answer. */
function createConversation(child: ChildProcess): Ask {
  return (request, expected) =>
    new Promise((settle, reject) => {
      const onExit = (): void => reject(new Error('the SDK host ended'));
      const onMessage = (answer: HostAnswer): void => {
        if (answer.type !== expected) return;
        child.off('message', onMessage);
        child.off('exit', onExit);
        settle(answer as Extract<HostAnswer, { type: typeof expected }>);
      };
      child.on('message', onMessage);
      child.once('exit', onExit);
      child.send(request);
    });
}

/** Waits until every client of the hosts runs this head. */
export async function untilConverged(
  hosts: readonly SdkHost[],
  head: () => Promise<Head>,
  timeoutMs = 60_000,
): Promise<readonly FinalState[]> {
  let finals: readonly Position[] = [];
  let behind = '';
  const everyoneIsThere = async (): Promise<boolean> => {
    const { revision, hash } = await head();
    finals = (await Promise.all(hosts.map((host) => host.positions()))).flat();
    const late = finals.filter((position) => position.revision !== revision || position.hash !== hash);
    behind = `${String(late.length)} of ${String(finals.length)} are not at ${String(revision)} (${hash}), e.g. ${JSON.stringify(late[0])}`;
    return late.length === 0;
  };
  await waitUntil('all clients running the head', everyoneIsThere, { timeoutMs, everyMs: 100 }).catch(
    (error: unknown) => {
      throw new Error(behind, { cause: error });
    },
  );
  return finals.map(({ client, revision, hash }) => ({ client, revision, hash }));
}
