// Every route of the HTTP port, with its rule: who may come, from where, by which method. Matching is exact, by the text of
// the path as it was sent: nothing is decoded, normalised or matched by prefix, so there is nothing to trick.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** How callers of a route are told apart. */
export type RouteAccess =
  /** Nobody is asked who they are; the answer holds nothing about flags. */
  | 'public'
  /** By the access table of the contract, in the dispatcher. */
  | 'access-table'
  /** A client key in the body. */
  | 'client-key'
  /** The metrics token, or the loopback address. */
  | 'metrics';

export interface Route {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly access: RouteAccess;
  /** Whether pages of other origins may call it, with a client key of an environment that allows them. */
  readonly browsers: boolean;
  /** A promise is awaited for its errors only. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
}

export type RouteTable = ReadonlyMap<string, Route>;

/**
 * The table of routes.
 * @throws when two routes share a path.
 */
export function routeTable(routes: readonly Route[]): RouteTable {
  const table = new Map(routes.map((route) => [route.path, route]));
  if (table.size !== routes.length) throw new Error('Two routes share a path');
  return table;
}

/** The route of a request target; its query is left out and never read. */
export function findRoute(table: RouteTable, target: string): Route | undefined {
  const query = target.indexOf('?');
  return table.get(query === -1 ? target : target.slice(0, query));
}
