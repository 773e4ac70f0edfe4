// A plugin for Fastify: the evaluation context of every request. Imports nothing of Fastify.
import type { FlatContext } from '@org/contract/model';
import { buildContext, createContextStore, headerReader, type ContextOptions } from './request-context.ts';

export { countryFromHeader, type ContextOptions } from './request-context.ts';

/** What is needed of a request. `ip` follows the server's `trustProxy`. */
export interface FastifyRequestLike {
  readonly ip: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What is needed of an instance. */
export interface FastifyInstanceLike<Request> {
  addHook(name: 'onRequest', hook: (request: Request) => Promise<void>): unknown;
}

const contexts = createContextStore<FastifyRequestLike>();

/** To be registered: builds the context of each request before its handlers run; `contextOf` gives it to them. */
export function flagsContext<Request extends FastifyRequestLike>(
  options: ContextOptions<Request> = {},
): (instance: FastifyInstanceLike<Request>) => Promise<void> {
  const plugin = async (instance: FastifyInstanceLike<Request>): Promise<void> => {
    instance.addHook('onRequest', async (request) => {
      const facts = { ip: request.ip, header: headerReader(request.headers) };
      contexts.set(request, await buildContext(request, facts, options));
    });
  };
  // Fastify's own sign for a plugin whose hooks are for everybody who registers it, not for the plugin alone.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

/** The context of the request; an empty one when the plugin has not seen it. */
export const contextOf = (request: FastifyRequestLike): FlatContext => contexts.get(request);
