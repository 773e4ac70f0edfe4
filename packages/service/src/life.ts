// How a process ends: in order when it is told to, at once when an invariant broke. Ends the process, so main files only.
import type { Logger } from './logger.ts';

/** Ends the process on SIGTERM or SIGINT when `end` is through; a second signal ends it at once. */
export function stopOnSignals(logger: Logger, end: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    end().then(
      () => {
        logger.info({}, 'stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'stopped with an error');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** A broken invariant ends the process, which is started again; the log says why, without what the error carries. */
export function logCrashes(logger: Logger): void {
  const onCrash = (error: unknown): void => {
    logger.fatal({ err: error }, 'stopped by an error that nobody caught');
    process.exit(1);
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
}
