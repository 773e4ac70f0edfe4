// Which pages may call: a client key only from the origins of its environment, every other key only from the server's own
// pages and from origins the operator named. Keys travel in headers and never by themselves, as cookies do.
import { fail, limits } from '@org/contract';
import type { Fault } from '@org/contract';
import type { AccessDirectory, Application, Caller } from '../application.ts';
import type { Runtime } from '../runtime.ts';

/** Where a browser's request comes from and where it goes to. */
export interface OriginOfCall {
  /** The Origin header; undefined: no browser, or a page of the same origin. */
  readonly origin: string | undefined;
  /** The Host header. */
  readonly host: string | undefined;
}

/** The fault of a call from a page that must not make it; undefined: it may. */
export function originFault(
  environments: Pick<Application['environments'], 'allowedOrigins'>,
  trustedOrigins: readonly string[],
  caller: Caller,
  { origin, host }: OriginOfCall,
): Fault | undefined {
  if (origin === undefined) return undefined;
  if (caller.keyKind === 'KEY_KIND_CLIENT') {
    const allowed = environments.allowedOrigins(caller.environmentId ?? '');
    return allowed.includes(origin) || allowed.includes('*') ? undefined : denied;
  }
  return trustedOrigins.includes(origin) || isSameOrigin(origin, host) ? undefined : denied;
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`);
}

const denied = fail('PERMISSION_DENIED', 'Pages of this origin may not call with this key.').fault;

/** Whether any environment allows an origin: what a preflight can be answered by, as it carries no key. */
export interface KnownOrigins {
  isKnown(origin: string): Promise<boolean>;
}

const freshMs = 5_000;

/** Asks the directory at most once in five seconds. While it does not answer, what was known stays. */
export function createKnownOrigins(
  access: Pick<AccessDirectory, 'listEnvironments'>,
  runtime: Runtime,
): KnownOrigins {
  let known: ReadonlySet<string> = new Set();
  let freshUntilMs = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const origins = new Set<string>();
    let pageToken = '';
    do {
      const page = await access.listEnvironments('', { pageSize: limits.pageSizeMax, pageToken });
      if (!page.ok) return;
      for (const { allowedOrigins } of page.value.items)
        for (const origin of allowedOrigins) origins.add(origin);
      pageToken = page.value.nextPageToken;
    } while (pageToken !== '');
    known = origins;
    freshUntilMs = runtime.monotonicMs() + freshMs;
  }

  return {
    async isKnown(origin) {
      if (runtime.monotonicMs() >= freshUntilMs) {
        asking ??= ask().finally(() => (asking = undefined));
        await asking;
      }
      return known.has(origin) || known.has('*');
    },
  };
}
