// The configuration of the analytics process, from environment variables and nothing else; read once, at the start.
// Where the log lies is said by the core's own variables. Every variable stands in docs/analytics.md.
import { join } from 'node:path';
import {
  address,
  hostOf,
  list,
  logLevel,
  optionalText,
  readVariables,
  token,
  wholeNumber,
  type Environment,
  type LogLevel,
  type VariableProblem,
} from '@org/service';
import { z } from 'zod';

/** The rules of the variables. The order is that of docs/analytics.md. */
export const variables = {
  FLAGS_ANALYTICS_ADDRESS: address('127.0.0.1:7413'),
  FLAGS_ANALYTICS_TOKEN: token,
  FLAGS_ANALYTICS_MEMORY_MB: wholeNumber(160, 64, 1_048_576),
  FLAGS_ANALYTICS_THREADS: wholeNumber(2, 1, 256),
  FLAGS_ANALYTICS_RETENTION_DAYS: wholeNumber(90, 1, 3_650),
  FLAGS_ANALYTICS_LATE_HOURS: wholeNumber(168, 1, 8_760),
  FLAGS_DATA_DIR: z.string().min(1).default('.flags'),
  FLAGS_DATABASE_URL: optionalText,
  FLAGS_NATS_URLS: list,
  FLAGS_NATS_AUTHORITY_FILE: optionalText,
  FLAGS_NATS_TLS_CA_FILE: optionalText,
  FLAGS_LOG_LEVEL: logLevel,
} as const;

/** Everything an operator can set. */
export interface Config {
  readonly address: string;
  /** What a core must show; without one, only callers on this machine are answered. */
  readonly token: string | undefined;
  readonly memoryMegabytes: number;
  readonly threads: number;
  readonly retentionMs: number;
  readonly lateMs: number;
  /** The DuckDB file. */
  readonly file: string;
  readonly log: LogPlace;
  readonly logLevel: LogLevel;
}

/** Where the event log lies: in NATS when that is configured, else in the core's database. */
export type LogPlace =
  | {
      readonly kind: 'jetstream';
      readonly urls: readonly string[];
      readonly authorityFile: string;
      readonly caFile: string | undefined;
    }
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'sqlite'; readonly path: string };

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly VariableProblem[] };

const hourMs = 3_600_000;
const postgresUrl = /^postgres(ql)?:\/\//i;

/** Reads and checks the environment. */
export function readConfig(environment: Environment): ConfigResult {
  const read = readVariables(variables, environment);
  if (!read.ok) return read;
  const { values } = read;
  const loopback = /^(127\.[\d.]+|localhost|\[::1\])$/.test(hostOf(values.FLAGS_ANALYTICS_ADDRESS));
  if (!loopback && values.FLAGS_ANALYTICS_TOKEN === undefined) {
    const rule = 'must be set: the address is not of this machine alone';
    return { ok: false, problems: [{ variable: 'FLAGS_ANALYTICS_TOKEN', rule }] };
  }
  return {
    ok: true,
    config: {
      address: values.FLAGS_ANALYTICS_ADDRESS,
      token: values.FLAGS_ANALYTICS_TOKEN,
      memoryMegabytes: values.FLAGS_ANALYTICS_MEMORY_MB,
      threads: values.FLAGS_ANALYTICS_THREADS,
      retentionMs: values.FLAGS_ANALYTICS_RETENTION_DAYS * 24 * hourMs,
      lateMs: values.FLAGS_ANALYTICS_LATE_HOURS * hourMs,
      file: join(values.FLAGS_DATA_DIR, 'analytics.duckdb'),
      log: logPlace(values),
      logLevel: values.FLAGS_LOG_LEVEL,
    },
  };
}

function logPlace(values: z.infer<z.ZodObject<typeof variables>>): LogPlace {
  const { FLAGS_DATA_DIR: dataDir, FLAGS_DATABASE_URL: databaseUrl, FLAGS_NATS_URLS: urls } = values;
  if (urls.length > 0) {
    const authorityFile = values.FLAGS_NATS_AUTHORITY_FILE ?? join(dataDir, 'nats', 'authority.json');
    return { kind: 'jetstream', urls, authorityFile, caFile: values.FLAGS_NATS_TLS_CA_FILE };
  }
  if (databaseUrl !== undefined && postgresUrl.test(databaseUrl))
    return { kind: 'postgres', url: databaseUrl };
  return { kind: 'sqlite', path: `${databaseUrl ?? join(dataDir, 'flags.db')}-events` };
}
