// Middleware for Express (and Connect): the evaluation context of every request. Imports nothing of Express.
import type { FlatContext } from '@org/contract/model';
import { buildContext, createContextStore, headerReader, type ContextOptions } from './request-context.ts';

export { countryFromHeader, type ContextOptions } from './request-context.ts';

/** What is needed of a request. `ip` follows the application's `trust proxy`. */
export interface ExpressRequest {
  readonly ip?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const contexts = createContextStore<ExpressRequest>();

/** Builds the context of each request before its handlers run; `contextOf` gives it to them. */
export function flagsContext<Request extends ExpressRequest>(
  options: ContextOptions<Request> = {},
): (request: Request, response: unknown, next: () => void) => void {
  return (request, _response, next) => {
    const facts = { ip: request.ip, header: headerReader(request.headers) };
    void buildContext(request, facts, options).then((context) => {
      contexts.set(request, context);
      next();
    });
  };
}

/** The context of the request; an empty one when the middleware has not seen it. */
export const contextOf = (request: ExpressRequest): FlatContext => contexts.get(request);
