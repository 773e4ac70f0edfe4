// Structured logs. Must never hold a key, a header, a message or an attribute of a user: only what callers pass by name
// gets in, and what looks like a secret is cut out once more here.
import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

/** The part of pino in use. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const secrets = /flags_([psc])_([A-Za-z0-9]+)_[\w-]+|\beyJ[\w-]+\.[\w-]+\.[\w-]+|\bS[UAOCNX][A-Z2-7]{50,}\b/g;
const hidden = ['authorization', 'apiKey', 'secret', 'headers', 'context', 'body', 'seed', 'jwt', '*.secret'];

/** A logger that writes one JSON object per line. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: hidden, censor: '[hidden]' },
    serializers: { err: serializeError },
    hooks: { streamWrite: withoutSecrets },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Text with the secret part of keys, tokens and seeds replaced; the public id of a key stays. */
export function withoutSecrets(text: string): string {
  return text.replace(secrets, (_whole, kind?: string, id?: string) =>
    kind === undefined ? '[hidden]' : `flags_${kind}_${id ?? ''}_[hidden]`,
  );
}

/** Name, message, code and stack, with causes; never the properties an error may carry along. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: `not an Error: ${typeof error}` };
  const { name, message, stack } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    name,
    message,
    code,
    stack,
    cause: error.cause === undefined ? undefined : serializeError(error.cause),
  };
}
