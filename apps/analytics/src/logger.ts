// Structured logs of this process, one JSON object per line. Never a unit, an attribute or a key: only what callers name.
import { pino } from 'pino';
import type { Logger as PinoLogger } from 'pino';

/** The part of pino in use. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

/** A logger on standard output. */
export const createLogger = (level: string): Logger =>
  pino({ level, base: null, serializers: { err: serializeError } });

/** Name, message and stack, with causes; never the properties an error may carry along. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: `not an Error: ${typeof error}` };
  const { name, message, stack, cause } = error;
  return { name, message, stack, cause: cause === undefined ? undefined : serializeError(cause) };
}
