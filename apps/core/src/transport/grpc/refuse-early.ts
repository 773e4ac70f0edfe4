// Refuses calls that carry nothing like a key when their headers arrive, so that nobody without one can make the server
// hold a message. Calls that pass cost no more than this look: the call itself is handed on, not wrapped.
import type { ServerInterceptor, ServerInterceptingCall } from '@grpc/grpc-js';
import type { Metadata } from '@grpc/grpc-js';
import { accessTable } from '@org/contract/gen/access-table';
import { unauthenticated } from '../../access/authenticator.ts';
import { readKey } from '../../access/read-key.ts';
import type { TransportContext } from '../dispatcher.ts';
import { cachedSession } from '../dispatcher.ts';
import { requestIdOf } from '../request-id.ts';
import { grpcErrorOf } from '../status/grpc-status.ts';
import { textOf } from './read-metadata.ts';
import { pathOf } from './service-definitions.ts';
import type { MethodName } from '@org/contract/gen/access-table';

const ourPaths = new Set(Object.keys(accessTable).map((name) => pathOf(name as MethodName)));

/** For the server's options. Health and reflection pass: they need no key. */
export function refuseEarly({ authenticator, runtime }: TransportContext): ServerInterceptor {
  return (method, call) => {
    const whole = call as ServerInterceptingCall;
    if (!ourPaths.has(method.path)) return whole;
    // The headers of the call at its outset: public only to a wrapping interceptor, which would cost two microseconds.
    const { metadata } = call as unknown as { readonly metadata: Metadata };
    const authorization = textOf(metadata, 'authorization');
    const apiKey = textOf(metadata, 'x-api-key');
    if (cachedSession(authenticator, authorization, apiKey) !== undefined) return whole;
    if (readKey(authorization, apiKey).state === 'key') return whole;
    call.sendStatus(grpcErrorOf(unauthenticated, requestIdOf(textOf(metadata, 'x-request-id'), runtime)));
    return whole;
  };
}
