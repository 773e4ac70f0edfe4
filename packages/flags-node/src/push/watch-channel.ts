// Push over gRPC: one SyncService.Watch stream.
import { SyncServiceService } from '@org/contract/gen/flags/v1/sync_service';
import type { PushChannel, Subscriber } from './push-channel.ts';

/** Always to be had: every core serves Watch. */
export const createWatchChannel = ({ environment, instance }: Subscriber): PushChannel => ({
  open: (session, position, listener) =>
    session.call(
      SyncServiceService.watch,
      {
        environment,
        historyId: position?.historyId ?? '',
        revision: position?.revision ?? 0,
        hash: position?.hash ?? '',
        instance,
      },
      undefined,
      {
        accepted: () => listener.connected(true),
        message: ({ message }) => {
          if (message?.$case === 'delta') listener.delta(message.value);
          else if (message?.$case === 'snapshot') listener.snapshot(message.value);
          else if (message) listener.heartbeat(message.value);
        },
        ended: (error) => listener.closed(error),
      },
    ),
});
