// A process with many clients of @org/flags-node, each with connections and a snapshot of its own. Started by
// sdk-host.ts; records what each client sees at each change.
import { join } from 'node:path';
import { createClient, type FlagsClient } from '@org/flags-node';
import { pair } from './admin-client.ts';
import type { Sighting } from './history.ts';
import type { HostAnswer, HostOptions, HostRequest, Position } from './sdk-host-protocol.ts';

interface Member {
  readonly name: string;
  readonly client: FlagsClient;
  readonly look: () => { readonly first: number; readonly second: number };
}

const members: Member[] = [];
let sightings: Sighting[] = [];
// Keeps the process alive: clients do not.
process.on('message', (request: HostRequest) => void answer(request));
process.on('disconnect', () => process.exit(0));

const send = (message: HostAnswer): void => void process.send?.(message);

async function answer(request: HostRequest): Promise<void> {
  switch (request.type) {
    case 'open':
      await open(request.options);
      return send({ type: 'opened' });
    case 'sightings': {
      const seen = sightings;
      sightings = [];
      return send({ type: 'sightings', sightings: seen });
    }
    case 'positions':
      return send({ type: 'positions', positions: members.map(positionOf) });
    case 'block':
      block(request.durationMs);
      return send({ type: 'blocked' });
    case 'close':
      await Promise.all(members.splice(0).map(({ client }) => client.close()));
      send({ type: 'closed' });
      process.disconnect?.();
  }
}

async function open(options: HostOptions): Promise<void> {
  for (let index = 0; index < options.clients; index += 1) members.push(openMember(options, index));
  if (options.waitForReady)
    await Promise.all(members.map(({ client }) => client.ready({ timeoutMs: 60_000 })));
}

function openMember(options: HostOptions, index: number): Member {
  const name = `${options.name}-${String(index)}`;
  const client = createClient({
    url: options.urls,
    key: options.key,
    application: name,
    transport: options.transport,
    ...(options.cacheDirectory === undefined ? {} : { cacheDir: join(options.cacheDirectory, name) }),
  });
  const [first, second] = pair.map((key) => client.number(key, 0));
  const look = (): { first: number; second: number } => ({
    first: first?.get({}) ?? 0,
    second: second?.get({}) ?? 0,
  });
  client.on('change', ({ revision }) => sightings.push({ client: name, historyId: '', revision, ...look() }));
  return { name, client, look };
}

function positionOf({ name, client, look }: Member): Position {
  const { state, revision, hash = '' } = client;
  return { client: name, state, revision, hash, ...look() };
}

function block(durationMs: number): void {
  const until = performance.now() + durationMs;
  while (performance.now() < until);
}
