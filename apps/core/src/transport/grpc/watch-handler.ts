// SyncService.Watch on gRPC: messages encoded once are sent as they are to any number of streams; a client that does not
// read is ended before it costs memory.
import type { Fault } from '@org/contract';
import { succeed } from '@org/contract';
import { accessTable } from '@org/contract/gen/access-table';
import { WatchRequest } from '@org/contract/gen/flags/v1/sync_service';
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { authorizeEnvironment } from '../../access/authorize.ts';
import type { Encoded } from '../../application.ts';
import { createBacklog } from '../../limits/backlog.ts';
import type { Cancel } from '../../runtime.ts';
import type { StreamContext } from '../stream-context.ts';
import { replicaOf } from '../methods/replica-of.ts';
import { guardStream } from '../watch/guard-stream.ts';
import { startWatch } from '../watch/start-watch.ts';
import { endStream, openStream, resetStream } from './open-stream.ts';
import { decodeMessage } from './unary-handler.ts';

const method = 'flags.v1.SyncService/Watch';
const rule = accessTable[method];

export function watchHandler(context: StreamContext): handleServerStreamingCall<Buffer, Uint8Array> {
  const { application, streams } = context;
  return (call) =>
    openStream(context, call, rule, method, (session) => {
      const request = decodeMessage((bytes) => WatchRequest.decode(bytes), call.request);
      if (!request.ok) return request;
      const { environment } = request.value;
      const authorize = (caller: typeof session.caller) =>
        authorizeEnvironment(application.environments, caller, rule, environment);
      const grant = authorize(session.caller);
      if (!grant.ok) return grant;
      const replica = replicaOf(application, grant.value);
      if (!replica.ok) return replica;
      const end = (fault: Fault): void => endStream(context, call, fault);
      const guard = guardStream({ session, streams, authorize, end });
      if ('fault' in guard) return { ok: false, fault: guard.fault };
      const sink = createSink(context, call);
      const cancel = startWatch(replica.value, grant.value.view, request.value, sink.send);
      call.once('close', () => [cancel, guard.close, sink.close].forEach((release) => release()));
      return succeed(undefined);
    });
}

interface Sink {
  readonly send: (message: Encoded<unknown>) => void;
  readonly close: Cancel;
}

function createSink(context: StreamContext, call: ServerWritableStream<Buffer, Uint8Array>): Sink {
  const backlog = createBacklog(context.backlogBytesMax, context.backlogBudget);
  let ended = false;
  return {
    send({ watchBytes }) {
      if (ended || call.writableEnded) return;
      if (backlog.add(watchBytes.length)) {
        call.write(watchBytes, () => backlog.done(watchBytes.length));
        return;
      }
      ended = true;
      resetStream(call);
    },
    close() {
      ended = true;
      backlog.close();
    },
  };
}
