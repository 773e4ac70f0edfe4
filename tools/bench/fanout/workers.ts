// Starts the worker processes of one measurement and speaks to all of them at once.
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { waitUntil } from '@org/tools/services/service-process';
import type { Fanout, WorkerAnswer, WorkerOptions, WorkerRequest } from './protocol.ts';

/** One per core of the machines we care about; the same for every transport. */
const workerCount = 2;

type Omitting<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Starts the workers and opens that many clients in all. */
export async function startWorkers(
  clients: number,
  options: Omitting<WorkerOptions, 'clients'>,
): Promise<Fanout> {
  const children = Array.from({ length: workerCount }, () =>
    fork(join(import.meta.dirname, 'worker.ts'), {
      execArgv: ['--conditions=@org/source'],
      serialization: 'advanced',
    }),
  );
  const share = (index: number): number => Math.floor((clients + workerCount - 1 - index) / workerCount);
  const askAll = <T extends WorkerAnswer['type']>(request: WorkerRequest, type: T) =>
    Promise.all(children.map((child) => ask(child, request, type)));
  await Promise.all(
    children.map((child, index) =>
      ask(child, { type: 'open', options: { ...options, clients: share(index) } as WorkerOptions }, 'opened'),
    ),
  );
  return {
    untilSeen: (mark) =>
      waitUntil(
        `change ${String(mark)} at all clients`,
        async () => {
          const answers = await askAll({ type: 'seen', mark }, 'seen');
          return answers.reduce((sum, answer) => sum + answer.clients, 0) >= clients;
        },
        { everyMs: 250 },
      ),
    arrivals: async () =>
      (await askAll({ type: 'arrivals' }, 'arrivals')).flatMap(({ arrivals }) => arrivals),
    hashes: async () => (await askAll({ type: 'hashes' }, 'hashes')).flatMap(({ hashes }) => hashes),
    cpuUs: async () => (await askAll({ type: 'cpu' }, 'cpu')).reduce((sum, { us }) => sum + us, 0),
    close: async () => void (await askAll({ type: 'close' }, 'closed')),
  };
}

function ask<T extends WorkerAnswer['type']>(
  child: ChildProcess,
  request: WorkerRequest,
  type: T,
): Promise<Extract<WorkerAnswer, { type: T }>> {
  return new Promise((settle, reject) => {
    const onExit = (): void => reject(new Error('a worker process ended'));
    child.once('exit', onExit);
    child.once('message', (answer: WorkerAnswer) => {
      child.off('exit', onExit);
      if (answer.type === type) settle(answer as Extract<WorkerAnswer, { type: T }>);
      else reject(new Error(`the worker answered ${answer.type}, not ${type}`));
    });
    child.send(request);
  });
}
