// Every route of the HTTP port, with its rule: who may come, from where, by which method. Matching is exact, by the text of
// the path as it was sent: nothing is normalised or matched by prefix, so there is nothing to trick. A path with a parameter
// takes exactly one segment in its place, which is decoded once and only for the route itself.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultFormat } from './send.ts';

/** How callers of a route are told apart. */
export type RouteAccess =
  /** Nobody is asked who they are; the answer holds nothing about flags. */
  | 'public'
  /** By the access table of the contract, in the dispatcher. */
  | 'access-table'
  /** By the table of rules for protocols of others (access/foreign-rules.ts). */
  | 'foreign-rules'
  /** A client key in the body. */
  | 'client-key'
  /** The metrics token, or the loopback address. */
  | 'metrics';

export type RouteMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Route {
  /** May hold `{name}` in place of whole segments. */
  readonly path: string;
  readonly method: RouteMethod;
  readonly access: RouteAccess;
  /** Whether pages of other origins may call it, with a client key of an environment that allows them. */
  readonly browsers: boolean;
  /** How faults are told; left out: as Connect errors. */
  readonly faults?: FaultFormat;
  /** A promise is awaited for its errors only. `parameters`: the decoded segments in place of the path's names. */
  readonly serve: (
    request: IncomingMessage,
    response: ServerResponse,
    parameters: readonly string[],
  ) => void | Promise<void>;
}

/** The routes of one path, one for each method. */
export interface RouteGroup {
  readonly routes: readonly Route[];
  readonly browsers: boolean;
}

export interface FoundRoutes {
  readonly group: RouteGroup;
  readonly parameters: readonly string[];
}

export interface RouteTable {
  readonly all: readonly Route[];
  readonly exact: ReadonlyMap<string, RouteGroup>;
  readonly patterns: readonly { readonly segments: readonly string[]; readonly group: RouteGroup }[];
}

const isName = (segment: string): boolean => segment.startsWith('{');

/**
 * The table of routes.
 * @throws when two routes share a path and a method.
 */
export function routeTable(routes: readonly Route[]): RouteTable {
  const exact = new Map<string, RouteGroup>();
  const patterns: { segments: readonly string[]; group: RouteGroup }[] = [];
  for (const path of new Set(routes.map((route) => route.path))) {
    const ofPath = routes.filter((route) => route.path === path);
    if (new Set(ofPath.map(({ method }) => method)).size !== ofPath.length)
      throw new Error('Two routes share a path and a method');
    const group = { routes: ofPath, browsers: ofPath.some(({ browsers }) => browsers) };
    const segments = path.split('/');
    if (segments.some(isName)) patterns.push({ segments, group });
    else exact.set(path, group);
  }
  return { all: routes, exact, patterns };
}

/** The routes of a request target; its query is left out and not read here. */
export function findRoutes(table: RouteTable, target: string): FoundRoutes | undefined {
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  const group = table.exact.get(path);
  if (group !== undefined) return { group, parameters: [] };
  const sent = path.split('/');
  for (const { segments, group: found } of table.patterns) {
    const parameters = matchSegments(segments, sent);
    if (parameters !== undefined) return { group: found, parameters };
  }
  return undefined;
}

function matchSegments(segments: readonly string[], sent: readonly string[]): readonly string[] | undefined {
  if (segments.length !== sent.length) return undefined;
  const raw: string[] = [];
  for (const [index, segment] of segments.entries()) {
    if (isName(segment)) raw.push(sent[index]!);
    else if (segment !== sent[index]) return undefined;
  }
  const decoded = raw.map(decodeSegment);
  return decoded.every((text) => text !== undefined) ? decoded : undefined;
}

const dots = new Set(['.', '..']);

/** Undefined for what no client would send: nothing, dots, a broken escape. */
function decodeSegment(raw: string): string | undefined {
  try {
    const text = decodeURIComponent(raw);
    return raw === '' || dots.has(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
