// What NATS does alone: one message as large as a delta, republished by JetStream to bare subscribers.
import { createDeltaPublisher, deltaSubject } from '@org/push-nats';
import { waitUntil } from '@org/tools/services/service-process';
import type { Lane } from './lane.ts';
import type { Stage } from './stage.ts';
import { startWorkers } from './workers.ts';

const rawEnvironment = 'raw';
/** About the size of a delta that changes one flag. */
const messageBytes = 300;

/** Opens the subscribers and the publisher. */
export async function startRawLane({ nats }: Stage, clients: number): Promise<Lane> {
  const { authority, url } = nats;
  const subject = deltaSubject(rawEnvironment);
  const access = await authority.listenerCredentials({
    environmentId: rawEnvironment,
    keyId: 'raw',
    nowMs: Date.now(),
  });
  const fanout = await startWorkers(clients, {
    kind: 'raw',
    server: url,
    subject,
    jwt: access.jwt,
    seed: access.seed,
  });
  const publisher = createDeltaPublisher({
    servers: [url],
    credentials: () => authority.coreCredentials(),
    random: Math.random,
  });
  await waitUntil('the publisher', () => publisher.isUp());
  return {
    transport: 'raw-nats',
    clients: fanout,
    hashesEqual: () => Promise.resolve(undefined),
    change: async (number) => {
      const payload = Buffer.from(String(number).padStart(12, '0').padEnd(messageBytes, '.'));
      await publisher.publish({ environmentId: rawEnvironment, historyId: 'raw', revision: number, payload });
      return number;
    },
    close: async () => {
      await fanout.close();
      await publisher.close();
    },
  };
}
