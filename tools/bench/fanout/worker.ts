// A process with many clients, of our SDK or bare NATS subscribers. Notes when each saw each change and nothing else while
// changes are on their way.
import { connect, jwtAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { createClient, type FlagsClient } from '@org/flags-node';
import type { Arrival, WorkerAnswer, WorkerOptions, WorkerRequest } from './protocol.ts';

const marks: number[] = [];
const times: bigint[] = [];
const seen = new Map<number, number>();
const sdkClients: FlagsClient[] = [];
const connections: NatsConnection[] = [];

process.on('message', (request: WorkerRequest) => void answer(request));
process.on('disconnect', () => process.exit(0));

const send = (message: WorkerAnswer): void => void process.send?.(message);

function note(mark: number): void {
  times.push(process.hrtime.bigint());
  marks.push(mark);
  seen.set(mark, (seen.get(mark) ?? 0) + 1);
}

async function answer(request: WorkerRequest): Promise<void> {
  switch (request.type) {
    case 'open':
      await (request.options.kind === 'raw' ? openRaw(request.options) : openSdk(request.options));
      return send({ type: 'opened' });
    case 'seen':
      return send({ type: 'seen', clients: seen.get(request.mark) ?? 0 });
    case 'arrivals':
      return send({ type: 'arrivals', arrivals: takeArrivals() });
    case 'hashes':
      return send({ type: 'hashes', hashes: sdkClients.map(({ hash }) => hash ?? '') });
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return send({ type: 'cpu', us: user + system });
    }
    case 'close':
      await Promise.all([...sdkClients, ...connections].map((client) => client.close()));
      send({ type: 'closed' });
      process.disconnect?.();
  }
}

function takeArrivals(): Arrival[] {
  return marks.map((mark, index) => ({ mark, atNs: String(times[index]) }));
}

/** A few at a time: a thousand handshakes at once would only wait for each other. */
const openedAtOnce = 50;

async function openSdk({ clients, url, key, transport }: WorkerOptions & { kind: 'sdk' }): Promise<void> {
  for (let from = 0; from < clients; from += openedAtOnce) {
    const group = Array.from({ length: Math.min(openedAtOnce, clients - from) }, () => {
      const client = createClient({ url, key, transport, application: 'bench' });
      client.on('change', ({ revision }) => note(revision));
      return client;
    });
    sdkClients.push(...group);
    const states = await Promise.all(group.map((client) => client.ready({ timeoutMs: 60_000 })));
    if (states.some((state) => state !== 'READY')) throw new Error('a client is not ready after 60 s');
  }
}

async function openRaw({
  clients,
  server,
  subject,
  jwt,
  seed,
}: WorkerOptions & { kind: 'raw' }): Promise<void> {
  const authenticator = jwtAuthenticator(jwt, Buffer.from(seed));
  for (let index = 0; index < clients; index += 1) {
    const connection = await connect({ servers: server, authenticator, reconnect: false });
    connection.subscribe(subject, { callback: (_, message) => note(Number(message.string().slice(0, 12))) });
    await connection.flush();
    connections.push(connection);
  }
}
