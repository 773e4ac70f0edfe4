// Links that lose, damage, delay, cut and freeze what goes over them (R2, R3, R4).
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { startFaultyProxy, type Faults, type FaultyProxy } from '@org/tools/cluster/faulty-proxy';
import { startNatsServer } from '@org/tools/services/nats-server';
import { afterEach, it } from 'vitest';
import { natsEnvironment } from './nats-environment.ts';
import { closeAll, closeLater, isLong, runPlan } from './run.ts';

afterEach(closeAll, 60_000);

const faults: readonly Faults[] = [
  { delayMs: 50, jitterMs: 100 },
  { bytesPerSecond: 20_000 },
  { lossShare: 0.1 },
  { corruptShare: 0.1 },
  { dropAfterBytes: 4_000 },
  { resetAfterBytes: 4_000 },
  { refuse: true },
  { halfOpen: true },
];

/** A core whose SDKs reach it, and its nats-server, through proxies only. */
async function coreBehindProxies(): Promise<{ core: CoreProcess; grpc: FaultyProxy; push: FaultyProxy }> {
  const nats = closeLater(await startNatsServer());
  const push = closeLater(await startFaultyProxy(nats.port, 11));
  const advertisedUrls = [`nats://127.0.0.1:${String(push.port)}`];
  const core = closeLater(await startCore({ environment: await natsEnvironment(nats, { advertisedUrls }) }));
  return { core, push, grpc: closeLater(await startFaultyProxy(core.grpcPort, 12)) };
}

it('converges after every kind of fault on the links of its clients', async () => {
  const { core, grpc, push } = await coreBehindProxies();
  const urls = [`http://127.0.0.1:${String(grpc.port)}`];
  await runPlan({
    cores: [core],
    hosts: [
      { clients: 5, transport: 'nats', urls },
      { clients: 5, transport: 'grpc', urls },
    ],
    harm: async ({ commits }) => {
      for (let round = 0; round < (isLong ? 20 : 1); round += 1) {
        for (const fault of faults) {
          grpc.setFaults(fault);
          push.setFaults(fault);
          if (fault.refuse === true) [grpc, push].forEach((proxy) => proxy.cut());
          await commits(30);
        }
      }
      [grpc, push].forEach((proxy) => proxy.setFaults({}));
      await commits(10);
    },
  });
});
