// What the client tells its application: events to listeners, complaints to the logger. Nothing of it can throw.
import { createEmitter, type Emitter } from './emitter.ts';
import { FlagsError, grpcStatus } from './errors.ts';
import { createErrorLog } from './log.ts';
import type { Platform } from './platform.ts';
import type { ClientEvents, Logger } from './types.ts';

export interface Announcements {
  readonly emitter: Emitter<ClientEvents>;
  /** Something of the application's own threw; to the logger. */
  failed(cause: unknown): void;
  /** To the logger and to `error` listeners. */
  error(error: FlagsError): void;
}

/** The logger hears each kind of complaint once a minute, listeners hear all. */
export const createAnnouncements = (logger: Logger | undefined, platform: Platform): Announcements => {
  const log = createErrorLog(logger, platform);
  const failed = (cause: unknown): void =>
    log(new FlagsError('LISTENER_FAILED', 'a listener or hook threw', { cause }));
  const emitter = createEmitter<ClientEvents>(failed);
  return {
    emitter,
    failed,
    error(error) {
      const told = isDenial(error)
        ? new FlagsError('ACCESS_DENIED', 'the core refuses the key', { cause: error })
        : error;
      log(told);
      emitter.emit('error', told);
    },
  };
};

const isDenial = ({ status }: FlagsError): boolean =>
  status === grpcStatus.unauthenticated || status === grpcStatus.permissionDenied;
