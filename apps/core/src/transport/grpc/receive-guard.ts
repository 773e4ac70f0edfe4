// Looks at calls when their headers arrive, before grpc-js gathers their message: refuses those without anything like a
// key, and bounds the memory that messages on their way may take together (R27). A call that passes is handed on as it
// is, not wrapped; its message is weighed only when many are on their way at once.
import type { Http2Stream } from 'node:http2';
import type { Metadata, ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js';
import { accessTable, foreignMethods } from '@org/contract/gen/access-table';
import { keyFault } from '../../access/key-fault.ts';
import { readKey } from '../../access/read-key.ts';
import { overloaded } from '../../limits/admission.ts';
import type { ByteBudget } from '../../limits/byte-budget.ts';
import { cachedSession } from '../dispatcher.ts';
import type { TransportContext } from '../dispatcher.ts';
import { shownKey } from '../flagd/flagd-key.ts';
import { requestIdOf } from '../request-id.ts';
import { grpcErrorOf } from '../status/grpc-status.ts';
import { textOf } from './read-metadata.ts';
import { pathOf } from './service-definitions.ts';

export interface ReceiveGuard {
  /** For the server's options. */
  readonly interceptor: ServerInterceptor;
  /** To be called when the message of a unary call has arrived. */
  received(): void;
}

/** What grpc-js hands to an interceptor; public is all of it only to one that wraps the call, at two microseconds each. */
interface BareCall {
  readonly metadata: Metadata;
  readonly stream: Http2Stream;
}

/** As many messages of 1 MiB may be on their way unweighed. */
const unweighedMax = 16;
const recountIntervalMs = 1_000;
const ourPaths = new Set(Object.keys(accessTable).map(pathOf));

const foreignPaths = new Set(Object.keys(foreignMethods).map(pathOf));

/**
 * Health and reflection pass: they need no key, and their messages are small. `fallbackKey`: the key of calls of flagd's
 * protocols that bring none.
 */
export function createReceiveGuard(
  context: TransportContext,
  budget: ByteBudget,
  fallbackKey?: string,
): ReceiveGuard {
  const { authenticator, runtime } = context;
  let receiving = 0;
  // Calls that were cancelled on their way are not told apart, so the count starts anew now and then.
  runtime.every(recountIntervalMs, () => (receiving = 0));

  const hasKey = (metadata: Metadata): boolean =>
    carriesKey(authenticator, textOf(metadata, 'authorization'), textOf(metadata, 'x-api-key'));

  const hasForeignKey = (path: string, metadata: Metadata): boolean => {
    const shown = shownKey({ header: (name) => textOf(metadata, name), fallback: fallbackKey });
    // In calls of the sync service the key may stand in the message.
    if (shown.authorization === undefined && shown.apiKey === undefined)
      return path.startsWith('/flagd.sync.');
    return carriesKey(authenticator, shown.authorization, shown.apiKey);
  };

  const interceptor: ServerInterceptor = (method, call) => {
    const whole = call as ServerInterceptingCall;
    const isForeign = foreignPaths.has(method.path);
    if (!isForeign && !ourPaths.has(method.path)) return whole;
    const bare = call as unknown as BareCall;
    if (!(isForeign ? hasForeignKey(method.path, bare.metadata) : hasKey(bare.metadata))) {
      const fault = keyFault(textOf(bare.metadata, 'authorization'), textOf(bare.metadata, 'x-api-key'));
      call.sendStatus(grpcErrorOf(fault, requestIdOf(textOf(bare.metadata, 'x-request-id'), runtime)));
    } else if (!method.requestStream && ++receiving > unweighedMax) {
      weigh(bare.stream, budget, () => {
        const fault = overloaded(() => runtime.random());
        call.sendStatus(grpcErrorOf(fault, requestIdOf(textOf(bare.metadata, 'x-request-id'), runtime)));
      });
    }
    return whole;
  };

  return { interceptor, received: () => void (receiving > 0 && receiving--) };
}

/** Whether a call carries a key in use, or at least something like a key. */
export function carriesKey(
  authenticator: TransportContext['authenticator'],
  authorization: string | undefined,
  apiKey: string | undefined,
): boolean {
  if (cachedSession(authenticator, authorization, apiKey) !== undefined) return true;
  return readKey(authorization, apiKey).state === 'key';
}

/** Counts the bytes of a stream until it closes; the first that do not fit refuse the call. */
function weigh(stream: Http2Stream, budget: ByteBudget, refuse: () => void): void {
  let held = 0;
  let refused = false;
  stream.on('data', (chunk: Uint8Array) => {
    if (refused) return;
    if (budget.take(chunk.length)) held += chunk.length;
    else {
      refused = true;
      refuse();
    }
  });
  stream.once('close', () => budget.give(held));
}
