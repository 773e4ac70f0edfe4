// Listens to one environment's deltas and heartbeats for an SDK: one connection from its start to its end, with its
// credentials renewed on a second connection before the first ends, so that nothing is missed in between. Does not
// reconnect: the SDK's sync machine decides when. Loses messages like any core subscription: the machine finds out.
import { isDenial, openLink, type Link, type LinkEnd, type LinkHandlers, type PushAccess } from './link.ts';
import type { PushTls } from './connection.ts';
import { pause } from './pause.ts';

export type { LinkEnd, PushAccess } from './link.ts';
export type { PushTls } from './connection.ts';

/** What a listener needs. */
export interface DeltaListenerOptions extends LinkHandlers {
  readonly access: PushAccess;
  /** Asks the core for fresh credentials (`SyncService.GetPushAccess`). */
  readonly renew: () => Promise<PushAccess>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly tls?: PushTls;
  /** How long connecting may take; default 5 s. */
  readonly timeoutMs?: number;
}

/** A listener that is connected. */
export interface DeltaListener {
  /** How it ended; `denied`: the server refused the credentials. */
  readonly ended: Promise<LinkEnd>;
  close(): Promise<void>;
}

const renewRetryMs = 30_000;
/** Credentials are renewed at a random point of this part of their life. */
const renewal = { from: 0.5, to: 0.8 };

/**
 * Connects and listens; resolves when the server has taken the subscriptions. Does not keep the process alive.
 *
 * @throws when no server lets us in.
 */
export async function openDeltaListener(options: DeltaListenerOptions): Promise<DeltaListener> {
  const link = await openLink(options.access, options, options);
  const closing = new AbortController();
  const ended = stayConnected(link, options, closing.signal);
  return {
    ended,
    close: async () => {
      closing.abort();
      await ended;
    },
  };
}

/** True for an error of `openDeltaListener` that the same credentials will meet again. */
export const isAccessDenied = (error: unknown): boolean => isDenial(error);

/** Follows the link, moving to fresh credentials in time, until it ends. */
async function stayConnected(
  first: Link,
  options: DeltaListenerOptions,
  closing: AbortSignal,
): Promise<LinkEnd> {
  let link = first;
  let waitMs = renewalDelayMs(options.access, options.random());
  for (;;) {
    const event = await nextEvent(link, waitMs, closing);
    if (event !== 'renew') return event;
    const heir = await openHeir(options);
    if (heir === undefined) {
      waitMs = (0.5 + options.random() / 2) * renewRetryMs;
    } else {
      // What was sent before the new link listened came over the old one alone.
      await link.finish();
      [link, waitMs] = [heir.link, renewalDelayMs(heir.access, options.random())];
    }
  }
}

/** A link with fresh credentials; undefined when nobody gives any now: the old link goes on as long as it may. */
async function openHeir(
  options: DeltaListenerOptions,
): Promise<{ link: Link; access: PushAccess } | undefined> {
  try {
    const access = await options.renew();
    return { access, link: await openLink(access, options, options) };
  } catch {
    return undefined;
  }
}

/** `renew` after the wait, or how the link ended. Ends the link when told to close. */
async function nextEvent(link: Link, waitMs: number, closing: AbortSignal): Promise<LinkEnd | 'renew'> {
  const over = new AbortController();
  const timer = pause(waitMs, AbortSignal.any([closing, over.signal])).then(() => 'renew' as const);
  const event = await Promise.race([link.ended, timer]);
  over.abort();
  if (!closing.aborted) return event;
  await link.close();
  return 'closed';
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
