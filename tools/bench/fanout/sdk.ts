// Clients of our SDK, and the commits they hear of.
import { call, numberFlag } from '@org/tools/cluster/admin-client';
import type { Fanout } from './protocol.ts';
import { flagKey, type Stage } from './stage.ts';
import { startWorkers } from './workers.ts';

/** Opens the clients and waits until all are ready. */
export function startSdkClients(stage: Stage, transport: 'nats' | 'grpc', clients: number): Promise<Fanout> {
  const { core, environment } = stage;
  return startWorkers(clients, { kind: 'sdk', url: core.grpcUrl, key: environment.sdkKey, transport });
}

/** Changes one flag; answers with the revision. */
export async function commitFlag({ core, environment, flags }: Stage, number: number): Promise<number> {
  const changed = await call<{ revision: { revision: number } }>(core.httpUrl, 'AdminService/Commit', {
    environment: environment.reference,
    changes: [{ kind: 'flag', key: flagKey(number % flags), document: numberFlag(Date.now() + number) }],
    reason: 'bench',
  });
  return changed.revision.revision;
}
