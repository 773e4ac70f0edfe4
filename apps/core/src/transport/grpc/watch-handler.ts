// SyncService.Watch on gRPC: messages encoded and framed once are sent as they are to any number of streams; a client that
// does not read is ended before it costs memory.
import type { handleServerStreamingCall } from '@grpc/grpc-js';
import { succeed } from '@org/contract';
import type { Fault } from '@org/contract';
import { accessTable } from '@org/contract/gen/access-table';
import { WatchRequest } from '@org/contract/gen/flags/v1/sync_service';
import { authorizeEnvironment } from '../../access/authorize.ts';
import { keyFault } from '../../access/key-fault.ts';
import type { Encoded } from '../../application.ts';
import { createBacklog } from '../../limits/backlog.ts';
import type { ByteBudget } from '../../limits/byte-budget.ts';
import type { Cancel } from '../../runtime.ts';
import { replicaOf } from '../methods/replica-of.ts';
import type { StreamContext } from '../stream-context.ts';
import { guardStream } from '../watch/guard-stream.ts';
import { startWatch } from '../watch/start-watch.ts';
import type { DirectHandler } from './direct-calls.ts';
import { receiveMessage } from './direct-message.ts';
import { DirectStreamCall } from './direct-stream.ts';
import { openStream, streamCallOf } from './open-stream.ts';
import type { StreamCall } from './open-stream.ts';
import { carriesKey } from './receive-guard.ts';
import { decodeMessage } from './unary-handler.ts';

const method = 'flags.v1.SyncService/Watch';
const rule = accessTable[method];
/** A position and who asks. */
const requestBytesMax = 16 * 1024;

/** Served by grpc-js. */
export function watchHandler(context: StreamContext): handleServerStreamingCall<Buffer, Uint8Array> {
  return (call) => watch(context, streamCallOf(call, context.runtime), call.request);
}

/** Served directly. */
export function directWatch(context: StreamContext, budget: ByteBudget): DirectHandler {
  const { authenticator, runtime } = context;
  const limits = { bytesMax: requestBytesMax, budget, random: () => runtime.random() };
  return (stream, headers) => {
    stream.on('error', ignore);
    const call = new DirectStreamCall(stream, headers, runtime);
    if (!carriesKey(authenticator, call.authorization, call.apiKey))
      return call.fail(keyFault(call.authorization, call.apiKey));
    receiveMessage(stream, limits, (message) =>
      message.ok ? watch(context, call, message.value) : call.fail(message.fault),
    );
  };
}

/** Whatever breaks a stream closes it, too: nobody is left to be told. */
const ignore = (): void => undefined;

function watch(context: StreamContext, call: StreamCall, message: Buffer): void {
  const { application, streams } = context;
  openStream(context, call, rule, method, (session) => {
    const request = decodeMessage((bytes) => WatchRequest.decode(bytes), message);
    if (!request.ok) return request;
    const { environment } = request.value;
    const authorize = (caller: typeof session.caller) =>
      authorizeEnvironment(application.environments, caller, rule, environment);
    const grant = authorize(session.caller);
    if (!grant.ok) return grant;
    const replica = replicaOf(application, grant.value);
    if (!replica.ok) return replica;
    const end = (fault: Fault): void => call.fail(fault);
    const guard = guardStream({ session, streams, authorize, end });
    if ('fault' in guard) return { ok: false, fault: guard.fault };
    const sink = createSink(context, call);
    const cancel = startWatch(replica.value, grant.value.view, request.value, sink.send);
    call.onClose(() => [cancel, guard.close, sink.close].forEach((release) => release()));
    return succeed(undefined);
  });
}

interface Sink {
  readonly send: (message: Encoded<unknown>) => void;
  readonly close: Cancel;
}

function createSink(context: StreamContext, call: StreamCall): Sink {
  const backlog = createBacklog(context.backlogBytesMax, context.backlogBudget);
  let ended = false;
  return {
    send({ watchBytes }) {
      if (ended || !call.isOpen) return;
      if (backlog.add(watchBytes.length)) {
        call.send(watchBytes, () => backlog.done(watchBytes.length));
        return;
      }
      ended = true;
      call.reset();
    },
    close() {
      ended = true;
      backlog.close();
    },
  };
}
