// Listens to one environment's deltas and heartbeats for an SDK. Never gives up, never floods: reconnects are spread over
// ten seconds, credentials are renewed on a second connection before the first ends, so that nothing is missed in between.
// Loses messages like any core subscription: the sync machine finds gaps by revision and heartbeat.
import { isDenial, openLink, type Link, type LinkEnd, type LinkHandlers, type PushAccess } from './link.ts';
import type { PushTls } from './connection.ts';

export type { PushAccess } from './link.ts';
export type { PushTls } from './connection.ts';

/** What the listener can say about its connection. `denied`: the server refuses the credentials; it goes on trying. */
export type ListenerState = 'connected' | 'disconnected' | 'denied';

/** What a listener needs. */
export interface DeltaListenerOptions extends LinkHandlers {
  readonly access: PushAccess;
  /** Asks the core for fresh credentials (`SyncService.GetPushAccess`). */
  readonly renew: () => Promise<PushAccess>;
  readonly onState: (state: ListenerState) => void;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly tls?: PushTls;
}

/** A running listener. */
export interface DeltaListener {
  close(): Promise<void>;
}

const reconnectSpreadMs = 10_000;
/** From the fifth failure on an attempt is made each 30 to 35 s: seldom enough for a server that is down for an hour. */
const steadyWaitMs = 30_000;
const steadySpreadMs = 5_000;
const steadyAfterFailures = 4;
const renewRetryMs = 30_000;
/** Credentials are renewed at a random point of this part of their life. */
const renewal = { from: 0.5, to: 0.8 };

/** Starts listening; answers at once, `onState` tells when it is connected. */
export function connectDeltaListener(options: DeltaListenerOptions): DeltaListener {
  const closing = new AbortController();
  const running = listen(options, closing.signal);
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

async function listen(options: DeltaListenerOptions, closing: AbortSignal): Promise<void> {
  let access = options.access;
  let failures = 0;
  // The first attempt is made at once; whoever starts a fleet spreads it.
  while (!closing.aborted) {
    const outcome = await open(access, options, closing);
    failures += 1;
    if (typeof outcome === 'object') {
      failures = 0;
      options.onState('connected');
      access = await stayConnected(outcome, access, options, closing);
    }
    if (closing.aborted) return;
    options.onState(outcome === 'denied' ? 'denied' : 'disconnected');
    await pause(reconnectDelayMs(failures, options.random()), closing);
    // A server that is gone may have an heir, and a denial may be an expiry: ask, and keep what we have if nobody answers.
    if (typeof outcome === 'string' && !closing.aborted) access = (await renewed(options)) ?? access;
  }
}

function reconnectDelayMs(failures: number, random: number): number {
  if (failures >= steadyAfterFailures) return steadyWaitMs + random * steadySpreadMs;
  return Math.max(0, failures - 1) * reconnectSpreadMs + random * reconnectSpreadMs;
}

async function open(
  access: PushAccess,
  options: DeltaListenerOptions,
  closing: AbortSignal,
): Promise<Link | 'lost' | 'denied'> {
  try {
    const link = await openLink(access, options, options.tls);
    if (!closing.aborted) return link;
    await link.close();
    return 'lost';
  } catch (error) {
    return isDenial(error) ? 'denied' : 'lost';
  }
}

async function renewed(options: DeltaListenerOptions): Promise<PushAccess | undefined> {
  return options.renew().catch(() => undefined);
}

/** Follows the link, moving to fresh credentials in time; returns the last ones when the connection is lost. */
async function stayConnected(
  first: Link,
  access: PushAccess,
  options: DeltaListenerOptions,
  closing: AbortSignal,
): Promise<PushAccess> {
  let link = first;
  let current = access;
  let waitMs = renewalDelayMs(current, options.random());
  while (!closing.aborted) {
    const event = await nextEvent(link, waitMs, closing);
    if (event !== 'renew') break;
    const next = await renewed(options);
    const heir = next === undefined ? 'lost' : await open(next, options, closing);
    if (next !== undefined && typeof heir === 'object') {
      await link.close();
      [link, current, waitMs] = [heir, next, renewalDelayMs(next, options.random())];
    } else {
      waitMs = (0.5 + options.random() / 2) * renewRetryMs;
    }
  }
  await link.close();
  return current;
}

/** `renew` after the wait, or how the link ended. The timer does not outlive the call. */
async function nextEvent(link: Link, waitMs: number, closing: AbortSignal): Promise<LinkEnd | 'renew'> {
  const over = new AbortController();
  const timer = pause(waitMs, AbortSignal.any([closing, over.signal])).then(() => 'renew' as const);
  const event = await Promise.race([link.ended, timer]);
  over.abort();
  return event;
}

/** Taken from the credentials' own life, so that a wrong local clock does no harm. Credentials without end: never. */
function renewalDelayMs(access: PushAccess, random: number): number {
  const lifetimeMs = lifetime(access.jwt);
  if (lifetimeMs === undefined) return Number.POSITIVE_INFINITY;
  return lifetimeMs * (renewal.from + random * (renewal.to - renewal.from));
}

function lifetime(jwt: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
    if (typeof claims !== 'object' || claims === null || !('exp' in claims) || !('iat' in claims))
      return undefined;
    // Both are cut to whole seconds: up to one of them may be gone already.
    const seconds = Number(claims.exp) - Number(claims.iat) - 1;
    return seconds > 0 ? seconds * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

const timerMsMax = 2_147_483_647;

/** Resolves after the time, or when the signal aborts. */
function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((settle) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      settle();
    };
    const timer = setTimeout(finish, Math.min(durationMs, timerMsMax));
    signal.addEventListener('abort', finish);
  });
}
