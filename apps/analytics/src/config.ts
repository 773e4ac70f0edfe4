// The configuration of the analytics process, from environment variables and nothing else; read once, at the start.
// Where the log lies is said by the core's own variables. Every variable stands in docs/analytics.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  address,
  anyAddress,
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
import type { Tls } from './tls.ts';

/** The rules of the variables. The order is that of docs/analytics.md. */
export const variables = {
  FLAGS_ANALYTICS_ADDRESS: address('127.0.0.1:7413'),
  FLAGS_ANALYTICS_TOKEN: token,
  FLAGS_ANALYTICS_TLS_CERT_FILE: optionalText,
  FLAGS_ANALYTICS_TLS_KEY_FILE: optionalText,
  FLAGS_ANALYTICS_TLS_CA_FILE: optionalText,
  FLAGS_ANALYTICS_PEER_ADDRESS: anyAddress.optional(),
  FLAGS_ANALYTICS_LEASE_SECONDS: wholeNumber(15, 1, 3_600),
  FLAGS_ANALYTICS_MEMORY_MB: wholeNumber(128, 64, 1_048_576),
  FLAGS_ANALYTICS_THREADS: wholeNumber(1, 1, 256),
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
  /** Undefined: not encrypted. */
  readonly tls: Tls | undefined;
  /** Undefined: this process holds all partitions by itself. */
  readonly sharing: SharingConfig | undefined;
  readonly memoryMegabytes: number;
  readonly threads: number;
  readonly retentionMs: number;
  readonly lateMs: number;
  /** The DuckDB file. */
  readonly file: string;
  readonly log: LogPlace;
  readonly logLevel: LogLevel;
}

/** How partitions are shared with other processes. */
export interface SharingConfig {
  /** host:port at which they reach this one. */
  readonly peerAddress: string;
  readonly leaseMs: number;
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

/** Reads and checks the environment. `readFile` is for the TLS files. */
export function readConfig(
  environment: Environment,
  readFile: (path: string) => Buffer = (path) => readFileSync(path),
): ConfigResult {
  const read = readVariables(variables, environment);
  if (!read.ok) return read;
  const { values } = read;
  const loopback = /^(127\.[\d.]+|localhost|\[::1\])$/.test(hostOf(values.FLAGS_ANALYTICS_ADDRESS));
  if (!loopback && values.FLAGS_ANALYTICS_TOKEN === undefined) {
    const rule = 'must be set: the address is not of this machine alone';
    return { ok: false, problems: [{ variable: 'FLAGS_ANALYTICS_TOKEN', rule }] };
  }
  const tls = readTls(values, readFile);
  if (tls !== undefined && 'variable' in tls) return { ok: false, problems: [tls] };
  const peerAddress = values.FLAGS_ANALYTICS_PEER_ADDRESS;
  const leaseMs = values.FLAGS_ANALYTICS_LEASE_SECONDS * 1_000;
  return {
    ok: true,
    config: {
      address: values.FLAGS_ANALYTICS_ADDRESS,
      token: values.FLAGS_ANALYTICS_TOKEN,
      tls,
      sharing: peerAddress === undefined ? undefined : { peerAddress, leaseMs },
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

/** Certificate and key, or what is wrong with them. */
function readTls(values: Values, readFile: (path: string) => Buffer): Tls | VariableProblem | undefined {
  const files: Partial<Record<TlsVariable, Buffer>> = {};
  for (const variable of tlsVariables) {
    const path = values[variable];
    if (path === undefined) continue;
    try {
      files[variable] = readFile(path);
    } catch {
      return { variable, rule: 'must name a file that can be read' };
    }
  }
  const [cert, key, ca] = tlsVariables.map((variable) => files[variable]);
  if (cert !== undefined && key !== undefined) return { cert, key, ca };
  if ((cert ?? key ?? ca) === undefined) return undefined;
  const variable = tlsVariables[cert === undefined ? 0 : 1];
  return { variable, rule: 'must be set too: TLS needs a certificate and its key' };
}

const tlsVariables = [
  'FLAGS_ANALYTICS_TLS_CERT_FILE',
  'FLAGS_ANALYTICS_TLS_KEY_FILE',
  'FLAGS_ANALYTICS_TLS_CA_FILE',
] as const;
type TlsVariable = (typeof tlsVariables)[number];
type Values = z.infer<z.ZodObject<typeof variables>>;

function logPlace(values: Values): LogPlace {
  const { FLAGS_DATA_DIR: dataDir, FLAGS_DATABASE_URL: databaseUrl, FLAGS_NATS_URLS: urls } = values;
  if (urls.length > 0) {
    const authorityFile = values.FLAGS_NATS_AUTHORITY_FILE ?? join(dataDir, 'nats', 'authority.json');
    return { kind: 'jetstream', urls, authorityFile, caFile: values.FLAGS_NATS_TLS_CA_FILE };
  }
  if (databaseUrl !== undefined && postgresUrl.test(databaseUrl))
    return { kind: 'postgres', url: databaseUrl };
  return { kind: 'sqlite', path: `${databaseUrl ?? join(dataDir, 'flags.db')}-events` };
}
