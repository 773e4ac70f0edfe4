// Builds the evaluation context of a request. Conventions: docs/attributes.md. Nothing an application passes in can make a
// request fail here: what throws is left out and told to `onError`.
import type { FlatContext } from '@org/contract/model';
import { languageAttributes } from './accept-language.ts';
import { userAgentAttributes } from './user-agent.ts';

/** What every kind of request has. */
export interface RequestFacts {
  /** The client's address as the server sees it; behind a proxy that is the server's setting to make. */
  readonly ip: string | undefined;
  /** A header, or an entry of the metadata, by its name in lower case. */
  header(name: string): string | undefined;
}

/** The attributes that are derived from a request. */
export type DerivedAttribute =
  'ip' | 'country' | 'language' | 'locale' | 'device' | 'browser' | 'browserVersion' | 'os' | 'osVersion';

/** How contexts are built. */
export interface ContextOptions<Request> {
  /** The unit: whose flags these are. Left out, or nothing: rules without a unit only. */
  readonly targetingKey?: (request: Request) => string | number | undefined;
  /** What the application knows: tier, account type, app version… Wins over what is derived. */
  readonly attributes?: (
    request: Request,
  ) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  /** The country by address or header, as ISO 3166-1 alpha-2. Left out: no country. */
  readonly country?: (facts: RequestFacts) => string | undefined | Promise<string | undefined>;
  /** Attributes that are not wanted, e.g. for privacy. */
  readonly leaveOut?: readonly DerivedAttribute[];
  /** Told what one of the functions above threw. */
  readonly onError?: (error: unknown) => void;
}

/** A resolver of countries that trusts a header which a proxy of one's own sets, e.g. `cf-ipcountry`. */
export const countryFromHeader =
  (name: string) =>
  ({ header }: RequestFacts): string | undefined =>
    header(name.toLowerCase());

/** The context of a request. Never rejects. */
export async function buildContext<Request>(
  request: Request,
  facts: RequestFacts,
  options: ContextOptions<Request>,
): Promise<FlatContext> {
  const guard = guardOf(options.onError);
  const [targetingKey, country, attributes] = await Promise.all([
    guard(() => options.targetingKey?.(request)),
    guard(() => options.country?.(facts)),
    guard(() => options.attributes?.(request)),
  ]);
  const derived = {
    ip: facts.ip,
    country: country?.toUpperCase(),
    ...languageAttributes(facts.header('accept-language')),
    ...userAgentAttributes(facts.header('user-agent')),
  };
  const unwanted: readonly string[] = options.leaveOut ?? [];
  const wanted = Object.entries(derived).filter(([name, value]) => value && !unwanted.includes(name));
  return Object.freeze({
    ...Object.fromEntries(wanted),
    ...attributes,
    ...(targetingKey === undefined ? {} : { targetingKey }),
  });
}

function guardOf(onError: ContextOptions<never>['onError']) {
  return async <T>(run: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await run();
    } catch (error) {
      onError?.(error);
      return undefined;
    }
  };
}

/** Contexts by the request they belong to, without touching the request. */
export interface ContextStore<Key extends object> {
  set(key: Key, context: FlatContext): void;
  get(key: Key): FlatContext;
}

const nobody: FlatContext = Object.freeze({});

/** Keeps contexts as long as their requests. */
export function createContextStore<Key extends object>(): ContextStore<Key> {
  const contexts = new WeakMap<Key, FlatContext>();
  return {
    set: (key, context) => void contexts.set(key, context),
    get: (key) => contexts.get(key) ?? nobody,
  };
}

/** Headers of Node's requests: of several with one name, the first counts. */
export function headerReader(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): RequestFacts['header'] {
  return (name) => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    return typeof value === 'string' ? value : value?.[0];
  };
}
