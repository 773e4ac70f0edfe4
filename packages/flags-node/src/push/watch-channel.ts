// Push over gRPC: one SyncService.Watch stream.
import { SyncServiceService } from '@org/contract/gen/flags/v1/sync_service';
import { FlagsError } from '../errors.ts';
import type { PushChannel, Subscriber } from './push-channel.ts';

/** Always to be had: every core serves Watch. Ends with its session. */
export const createWatchChannel = ({ environment, instance }: Subscriber): PushChannel => ({
  open(surroundings, listener) {
    const session = surroundings.session();
    if (!session) {
      listener.closed(new FlagsError('CONNECTION_LOST', 'no session to watch over'));
      return { survives: () => false, close: () => undefined };
    }
    const { historyId = '', revision = 0, hash = '' } = surroundings.position() ?? {};
    const cancel = session.call(
      SyncServiceService.watch,
      { environment, historyId, revision, hash, instance },
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
    );
    return { survives: () => false, close: cancel };
  },
});
