// What the tests of the push channel share: waiting for conditions, publishers, listeners that remember.
import { setTimeout as pause } from 'node:timers/promises';
import { connect, jwtAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import {
  connectDeltaListener,
  createDeltaPublisher,
  createNatsAuthority,
  type DeltaListener,
  type DeltaPublication,
  type DeltaPublisher,
  type ListenerState,
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

/** A listener with all it received. */
export interface RecordingListener extends DeltaListener {
  readonly deltas: readonly number[];
  readonly heartbeats: readonly string[];
  readonly states: readonly ListenerState[];
  readonly isConnected: () => boolean;
  readonly renewals: () => number;
}

/** Starts a listener that remembers. */
export function record(
  access: PushAccess,
  renew = (): Promise<PushAccess> => Promise.resolve(access),
): RecordingListener {
  const [deltas, heartbeats, states]: [number[], string[], ListenerState[]] = [[], [], []];
  let renewals = 0;
  const listener = connectDeltaListener({
    access,
    renew: () => {
      renewals += 1;
      return renew();
    },
    onDelta: (payload) => void deltas.push(Number(Buffer.from(payload).toString())),
    onHeartbeat: (payload) => void heartbeats.push(Buffer.from(payload).toString()),
    onState: (state) => void states.push(state),
    random: () => 0.01,
  });
  const isConnected = (): boolean => states.at(-1) === 'connected';
  return { ...listener, deltas, heartbeats, states, isConnected, renewals: () => renewals };
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

/** An authority with the same account, but without the operator. */
export const accountOnly = (authority: NatsAuthority): NatsAuthority =>
  createNatsAuthority({ account: authority.seeds.account });
