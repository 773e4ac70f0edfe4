// Listens to one environment's deltas and heartbeats for an SDK. Never gives up, never floods: reconnects are spread over
// ten seconds. Loses messages like any core subscription: the sync machine finds gaps by revision and heartbeat.
import { openDeltaListener, type DeltaConnection, type DeltaConnectionOptions } from './delta-connection.ts';
import { isDenial, type PushAccess } from './link.ts';
import { pause } from './pause.ts';

/** What the listener can say about its connection. `denied`: the server refuses the credentials; it goes on trying. */
export type ListenerState = 'connected' | 'disconnected' | 'denied';

/** What a listener needs. */
export interface ReconnectingListenerOptions extends DeltaListenerOptions {
  readonly onState: (state: ListenerState) => void;
}

/** A running listener. Does not keep the process alive. */
export interface ReconnectingListener {
  close(): Promise<void>;
}

const reconnectSpreadMs = 10_000;
/** From the fifth failure on an attempt is made each 30 to 35 s: seldom enough for a server that is down for an hour. */
const steadyWaitMs = 30_000;
const steadySpreadMs = 5_000;
const steadyAfterFailures = 4;

/** Starts listening; answers at once, `onState` tells when it is connected. */
export function connectDeltaListener(options: ReconnectingListenerOptions): ReconnectingListener {
  const closing = new AbortController();
  const running = listen(options, closing.signal);
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

async function listen(options: ReconnectingListenerOptions, closing: AbortSignal): Promise<void> {
  let access = options.access;
  // The first attempt is made at once; whoever starts a fleet spreads it.
  for (let failures = 1; !closing.aborted; failures += 1) {
    const opened = await open({ ...options, access });
    let isDenied = opened === 'denied';
    if (typeof opened === 'object') {
      failures = 0;
      isDenied = (await follow(opened, options, closing)) === 'denied';
      access = opened.access;
    }
    if (closing.aborted) return;
    options.onState(isDenied ? 'denied' : 'disconnected');
    await pause(reconnectDelayMs(failures, options.random()), closing);
    // A server that is gone may have an heir, and a denial may be an expiry: ask, and keep what we have if nobody answers.
    if (typeof opened === 'string' || isDenied) access = await renewed(options, access, closing);
  }
}

async function open(options: DeltaListenerOptions): Promise<DeltaListener | 'lost' | 'denied'> {
  try {
    return await openDeltaListener(options);
  } catch (error) {
    return isDenial(error) ? 'denied' : 'lost';
  }
}

/** Until the connection ends, or is told to. */
async function follow(
  connection: DeltaListener,
  { onState }: ReconnectingListenerOptions,
  closing: AbortSignal,
): Promise<string> {
  const close = (): void => void connection.close();
  closing.addEventListener('abort', close);
  if (closing.aborted) close();
  else onState('connected');
  const end = await connection.ended;
  closing.removeEventListener('abort', close);
  return end;
}

async function renewed(
  { renew }: DeltaListenerOptions,
  access: PushAccess,
  closing: AbortSignal,
): Promise<PushAccess> {
  return closing.aborted ? access : renew().catch(() => access);
}

function reconnectDelayMs(failures: number, random: number): number {
  if (failures >= steadyAfterFailures) return steadyWaitMs + random * steadySpreadMs;
  return Math.max(0, failures - 1) * reconnectSpreadMs + random * reconnectSpreadMs;
}
