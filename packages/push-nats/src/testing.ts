// What the tests of this package share: real servers, waiting for conditions, listeners that remember.
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/nats-core';
import { setTimeout as pause } from 'node:timers/promises';
import { createNatsAuthority, type NatsAuthority } from './authority.ts';
import { connectionOptions } from './connection.ts';
import { connectDeltaListener, type DeltaListener, type ListenerState } from './listener.ts';
import type { PushAccess } from './link.ts';
import { createDeltaPublisher, type DeltaPublication, type DeltaPublisher } from './publisher.ts';

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
  readonly deltas: number[];
  readonly heartbeats: string[];
  readonly states: ListenerState[];
  readonly renewals: () => number;
}

/** Starts a listener that remembers. */
export function record(access: PushAccess, renew?: () => Promise<PushAccess>): RecordingListener {
  const deltas: number[] = [];
  const heartbeats: string[] = [];
  const states: ListenerState[] = [];
  let renewals = 0;
  const listener = connectDeltaListener({
    access,
    renew: () => {
      renewals += 1;
      return renew === undefined ? Promise.resolve(access) : renew();
    },
    onDelta: (payload) => deltas.push(Number(Buffer.from(payload).toString())),
    onHeartbeat: (payload) => heartbeats.push(Buffer.from(payload).toString()),
    onState: (state) => states.push(state),
    random: () => 0.01,
  });
  return { ...listener, deltas, heartbeats, states, renewals: () => renewals };
}

/** A bare connection with these credentials. */
export function bareConnection(access: PushAccess): Promise<NatsConnection> {
  const { servers, inboxPrefix } = access;
  return connect({
    ...connectionOptions({ servers, name: 'bare', credentials: () => access, inboxPrefix }),
    reconnect: false,
  });
}

/** An authority with the same account, but without the operator. */
export const accountOnly = (authority: NatsAuthority): NatsAuthority =>
  createNatsAuthority({ account: authority.seeds.account });
