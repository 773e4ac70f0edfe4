// Clients of our SDK, and the commits they hear of.
import { call, numberFlag, readHead, type TestEnvironment } from '@org/tools/cluster/admin-client';
import type { Lane } from './lane.ts';
import { flagKey, type Stage } from './stage.ts';
import { startWorkers } from './workers.ts';

/** Opens the clients, on an environment of their own, and waits until all are ready. */
export async function startSdkLane(stage: Stage, transport: 'nats' | 'grpc', clients: number): Promise<Lane> {
  const { core } = stage;
  const environment = await stage.newEnvironment();
  const fanout = await startWorkers(clients, {
    kind: 'sdk',
    url: core.grpcUrl,
    key: environment.sdkKey,
    transport,
  });
  return {
    transport,
    clients: fanout,
    change: (number) => commitFlag(stage, environment, number),
    hashesEqual: async () => {
      const { hash } = await readHead(core.httpUrl, environment.reference);
      const hashes = await fanout.hashes();
      return hashes.length === clients && hashes.every((own) => own === hash);
    },
    close: () => fanout.close(),
  };
}

async function commitFlag(
  { core, flags }: Stage,
  environment: TestEnvironment,
  number: number,
): Promise<number> {
  const changed = await call<{ revision: { revision: number } }>(core.httpUrl, 'AdminService/Commit', {
    environment: environment.reference,
    changes: [{ kind: 'flag', key: flagKey(number % flags), document: numberFlag(number) }],
    reason: 'bench',
  });
  return changed.revision.revision;
}
