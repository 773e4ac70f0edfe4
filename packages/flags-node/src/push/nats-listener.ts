// Deltas and heartbeats over NATS: asks the core for short-lived credentials, connects, decodes what arrives, and comes
// back after a loss. The port behind which @org/push-nats stands. Must never hold two connections but for the moment in
// which credentials are renewed.
import { Delta, Heartbeat } from '@org/contract/gen/flags/v1/document';
import { SyncServiceService } from '@org/contract/gen/flags/v1/sync_service';
import {
  isAccessDenied,
  openDeltaListener,
  type DeltaListener,
  type PushAccess,
  type PushTls,
} from '@org/push-nats/listener';
import type { Position, SyncDelta } from '@org/sync';
import { FlagsError } from '../errors.ts';
import { callUnary } from '../grpc/session.ts';
import { callTimeoutMs, natsConnectTimeoutMs, natsRetrySpreadMaxMs, natsRetrySpreadMs } from '../limits.ts';
import type { CancelTimer, Platform } from '../platform.ts';
import type { PushSurroundings, Subscriber } from './push-channel.ts';

export interface NatsEvents {
  delta(delta: SyncDelta): void;
  heartbeat(head: Position): void;
  connected(): void;
  /** The connection ended or none could be made; further attempts follow. */
  lost(error: FlagsError): void;
  /** This installation has no push channel. Nothing follows. */
  none(): void;
}

/** Starts to listen; the returned function stops it without a further word. */
export type StartNats = (surroundings: PushSurroundings, events: NatsEvents) => () => void;

export interface NatsSettings {
  readonly subscriber: Subscriber;
  readonly platform: Platform;
  readonly tls?: PushTls | undefined;
}

/** Tries at once, then after full jitter up to 10 s, doubled with each failure in a row, at most 60 s; for ever. */
export const createNatsListener =
  ({ subscriber, platform, tls }: NatsSettings): StartNats =>
  (surroundings, events) => {
    let live = true;
    let failures = 0;
    let open: DeltaListener | undefined;
    let cancelRetry: CancelTimer = () => undefined;
    const isLive = (): boolean => live;

    const listen = async (access: PushAccess): Promise<string> => {
      const listener = await openDeltaListener({
        access,
        renew: () => renewAccess(surroundings, subscriber),
        random: () => platform.random(),
        timeoutMs: natsConnectTimeoutMs,
        onDelta: decoding(isLive, Delta.decode, (delta) => events.delta(delta)),
        onHeartbeat: decoding(isLive, Heartbeat.decode, (head) => events.heartbeat(head)),
        ...(tls === undefined ? {} : { tls }),
      });
      open = listener;
      if (live) events.connected();
      else await listener.close();
      failures = 0;
      const end = await listener.ended;
      open = undefined;
      return end;
    };
    const lose = (error: FlagsError): void => {
      if (!live) return;
      const spreadMs = Math.min(natsRetrySpreadMaxMs, natsRetrySpreadMs * 2 ** failures);
      failures += 1;
      cancelRetry = platform.after(platform.random() * spreadMs, () => void attempt());
      events.lost(error);
    };
    const attempt = async (): Promise<void> => {
      try {
        const access = await getAccess(surroundings, subscriber);
        if (!live) return;
        if (!access) return events.none();
        lose(new FlagsError('PUSH_UNAVAILABLE', `the NATS connection ended: ${await listen(access)}`));
      } catch (cause) {
        const detail = isAccessDenied(cause) ? 'NATS refuses us' : 'no NATS connection';
        lose(new FlagsError('PUSH_UNAVAILABLE', detail, { cause }));
      }
    };

    void attempt();
    return () => {
      live = false;
      cancelRetry();
      open?.close().catch(() => undefined);
    };
  };

const getAccess = async (
  surroundings: PushSurroundings,
  subscriber: Subscriber,
): Promise<PushAccess | undefined> => {
  const session = surroundings.session();
  if (!session) throw new FlagsError('CALL_FAILED', 'not connected');
  return (await callUnary(session, SyncServiceService.getPushAccess, subscriber, callTimeoutMs)).nats;
};

const renewAccess = async (surroundings: PushSurroundings, subscriber: Subscriber): Promise<PushAccess> => {
  const access = await getAccess(surroundings, subscriber);
  if (!access) throw new FlagsError('PUSH_UNAVAILABLE', 'the core has no push channel any more');
  return access;
};

/** What cannot be decoded is as good as lost, and found by the next revision or heartbeat. */
const decoding =
  <Value>(isLive: () => boolean, decode: (bytes: Uint8Array) => Value, tell: (value: Value) => void) =>
  (bytes: Uint8Array): void => {
    if (!isLive()) return;
    let value: Value;
    try {
      value = decode(bytes);
    } catch {
      return;
    }
    tell(value);
  };
