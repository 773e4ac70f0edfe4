// Streaming methods have no HTTP form of their own: their paths say where to go instead.
import { fail } from '@org/contract';
import type { StreamingMethodName } from '../methods/index.ts';
import type { Route } from './routes.ts';
import { refuseBody } from './send.ts';

const fault = fail(
  'UNIMPLEMENTED',
  'A streaming method: call it over gRPC, or watch with POST /v1/watch.',
).fault;

/** Answers 501 to everyone alike, so nothing is to be authorised. */
export function streamingRoute(name: StreamingMethodName): Route {
  return {
    path: `/${name}`,
    method: 'POST',
    access: 'public',
    browsers: false,
    serve: (request, response) => refuseBody(request, response, fault),
  };
}
