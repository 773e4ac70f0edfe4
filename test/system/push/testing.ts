// What the tests of the push channel share: waiting for conditions, publishers, listeners that remember.
import { setTimeout as pause } from 'node:timers/promises';
import { connect, jwtAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import {
  createDeltaPublisher,
  createNatsAuthority,
  openDeltaListener,
  type DeltaListener,
  type DeltaPublication,
  type DeltaPublisher,
  type NatsAuthority,
  type PushAccess,
} from '@org/push-nats';

/** Waits until the condition holds; fails after 60 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${condition.toString()}`);
    await pause(20);
  }
}

/** A delta whose payload is its revision as text. */
export const delta = (revision: number, environmentId = 'e1', historyId = 'h1'): DeltaPublication => ({
  environmentId,
  historyId,
  revision,
  payload: Buffer.from(String(revision)),
});

/** A publisher on this server. */
export function publisherOn(authority: NatsAuthority, ...servers: readonly string[]): DeltaPublisher {
  return createDeltaPublisher({ servers, credentials: () => authority.coreCredentials(), random: () => 0.1 });
}

/** Access to one environment as the core grants it. */
export async function accessOf(
  authority: NatsAuthority,
  servers: readonly string[],
  environmentId = 'e1',
  { keyId = 'key-1', lifetimeMs = 60_000 }: { keyId?: string; lifetimeMs?: number } = {},
): Promise<PushAccess> {
  const credentials = await authority.listenerCredentials({
    environmentId,
    keyId,
    lifetimeMs,
    nowMs: Date.now(),
  });
  return { ...credentials, servers };
}

/** A listener with all it received, connected again whenever it was lost. */
export interface RecordingListener {
  readonly deltas: number[];
  readonly heartbeats: string[];
  readonly isConnected: () => boolean;
  /** How connections ended, so far. */
  readonly ends: string[];
  readonly renewals: () => number;
  close(): Promise<void>;
}

/** Starts a listener that remembers. */
export function record(
  access: PushAccess,
  renew = (): Promise<PushAccess> => Promise.resolve(access),
): RecordingListener {
  const [deltas, heartbeats, ends]: [number[], string[], string[]] = [[], [], []];
  let renewals = 0;
  let listener: DeltaListener | undefined;
  let closing = false;
  const options = {
    access,
    renew: () => {
      renewals += 1;
      return renew();
    },
    onDelta: (payload: Uint8Array) => void deltas.push(Number(Buffer.from(payload).toString())),
    onHeartbeat: (payload: Uint8Array) => void heartbeats.push(Buffer.from(payload).toString()),
    random: () => 0.01,
  };
  const run = async (): Promise<void> => {
    while (!closing) {
      listener = await openDeltaListener(options).catch(() => undefined);
      if (listener === undefined) await pause(50);
      else ends.push(await listener.ended);
      listener = undefined;
    }
  };
  const running = run();
  const close = async (): Promise<void> => {
    closing = true;
    await listener?.close();
    await running;
  };
  return {
    deltas,
    heartbeats,
    ends,
    isConnected: () => listener !== undefined,
    renewals: () => renewals,
    close,
  };
}

/** A bare connection with these credentials. */
export function bareConnection(access: PushAccess): Promise<NatsConnection> {
  const { servers, inboxPrefix, jwt, seed } = access;
  const authenticator = jwtAuthenticator(jwt, Buffer.from(seed));
  return connect({
    servers: [...servers],
    inboxPrefix,
    authenticator,
    reconnect: false,
    noAsyncTraces: true,
  });
}

/** What a server says of itself. */
export interface ServerFacts {
  readonly connections: number;
  readonly jetstream: { readonly config: { readonly sync_always?: boolean } };
}

/** Asks over the system account. */
export async function askServer(authority: NatsAuthority, url: string): Promise<ServerFacts> {
  const access = await accessOf(authority, [url]);
  const connection = await bareConnection({
    ...access,
    ...(await authority.systemCredentials()),
    inboxPrefix: '_INBOX',
  });
  try {
    const answer = await connection.request('$SYS.REQ.SERVER.PING.VARZ', '', { timeout: 5_000 });
    return answer.json<{ data: ServerFacts }>().data;
  } finally {
    await connection.close();
  }
}

/** An authority with the same account, but without the operator. */
export function accountOnly({ seeds }: NatsAuthority): NatsAuthority {
  if ('open' in seeds) throw new Error('an open authority has no account');
  return createNatsAuthority({ account: seeds.account });
}
