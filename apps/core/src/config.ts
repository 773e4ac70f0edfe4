// The configuration of the core, from environment variables and nothing else; read once, at the start. Every variable
// stands in docs/operations.md, with the defaults from here (a test compares them).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
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
import type { AnalyticsSettings } from './analytics/analytics-client.ts';
import { defaultAuthorityFile } from './push/start-push.ts';
import type { EventLogSettings, PushSettings } from './push/start-push.ts';
import { readChannels, type Channels } from './notify/channels.ts';
import { readPolicyRules, type PolicyRule } from './domain/policy/policy-rules.ts';
import { isPostgresUrl } from './store/open-driver.ts';
import type { ServerTls, TransportSettings } from './transport/start-transports.ts';

/** Everything an operator can set. */
export interface Config {
  readonly logLevel: LogLevel;
  readonly dataDir: string;
  /** postgres://… or the path of a SQLite file. */
  readonly databaseUrl: string;
  readonly bootstrapAdminKey: string | undefined;
  readonly failpoints: string;
  /** Modules of SDKs of earlier releases. */
  readonly olderSdks: readonly string[];
  readonly push: PushSettings;
  readonly eventLog: EventLogConfig;
  /** Undefined: there is none, and calls for it say so. */
  readonly analytics: AnalyticsSettings | undefined;
  /** Hosts and networks that rules may ask though they are not public. */
  readonly outboundAllow: readonly string[];
  /** The file that names the sources of documents. */
  readonly sourcesFile: string | undefined;
  /** Who can be told of alerts. */
  readonly alertChannels: Channels;
  /** The rules of the installation for commits. */
  readonly policyRules: readonly PolicyRule[];
  readonly shutdownGraceMs: number;
  readonly transport: TransportSettings;
}

/** Where batches of events go; `auto`: JetStream where NATS is configured. */
export interface EventLogConfig extends EventLogSettings {
  readonly place: 'auto' | 'database' | 'jetstream';
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly unknown: readonly string[] }
  | { readonly ok: false; readonly problems: readonly VariableProblem[] };

const dayMs = 24 * 60 * 60 * 1000;
const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** The rules of the variables. The order is that of docs/operations.md. */
export const variables = {
  FLAGS_GRPC_ADDRESS: address('127.0.0.1:7410'),
  FLAGS_HTTP_ADDRESS: address('127.0.0.1:7411'),
  FLAGS_FLAGD_ADDRESS: anyAddress.optional(),
  FLAGS_FLAGD_KEY: z
    .string()
    .regex(/^flags_s_[\w-]{1,300}$/, 'must be a key of kind server: flags_s_<id>_<secret>')
    .optional(),
  FLAGS_DATA_DIR: z.string().min(1).default('.flags'),
  // Any other URL would be taken for the path of a file.
  FLAGS_DATABASE_URL: optionalText.refine(
    (text) => text === undefined || isPostgresUrl(text) || !/^[\w+.-]+:\/\//.test(text),
    'must be postgres://… or the path of a SQLite file',
  ),
  FLAGS_BOOTSTRAP_ADMIN_KEY: z
    .string()
    .regex(/^flags_p_[\w-]{1,300}$/, 'must be a key: flags_p_<id>_<secret>')
    .optional(),
  FLAGS_NATS_URLS: list,
  FLAGS_NATS_ADVERTISED_URLS: list,
  FLAGS_NATS_SERVER_BINARY: optionalText,
  FLAGS_NATS_AUTHORITY_FILE: optionalText,
  FLAGS_NATS_TLS_CA_FILE: optionalText,
  FLAGS_NATS_REPLICAS: wholeNumber(1, 1, 5),
  FLAGS_EVENT_LOG: z.enum(['auto', 'database', 'jetstream']).default('auto'),
  FLAGS_EVENT_LOG_RETENTION_DAYS: wholeNumber(7, 1, 3_650),
  FLAGS_EVENT_LOG_MEGABYTES_MAX: wholeNumber(2_048, 16, 1_048_576),
  FLAGS_ANALYTICS_URL: list.refine(
    (urls) =>
      urls.every((url) => /^https?:\/\/(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}\/?$/.test(url)) &&
      new Set(urls.map((url) => url.startsWith('https'))).size < 2,
    'must be http://host:port, or https:// for all of several, separated by commas',
  ),
  FLAGS_ANALYTICS_TOKEN: token,
  FLAGS_ANALYTICS_TLS_CA_FILE: optionalText,
  FLAGS_OUTBOUND_ALLOW: list,
  FLAGS_SOURCES_FILE: optionalText,
  FLAGS_ALERT_CHANNELS_FILE: optionalText,
  FLAGS_POLICY_FILE: optionalText,
  FLAGS_LOG_LEVEL: logLevel,
  FLAGS_TLS_CERT_FILE: optionalText,
  FLAGS_TLS_KEY_FILE: optionalText,
  FLAGS_GRPC_TLS_CLIENT_CA_FILE: optionalText,
  FLAGS_HTTP_TLS_CLIENT_CA_FILE: optionalText,
  FLAGS_GRPC_REFLECTION: z.enum(['on', 'off']).default('on'),
  FLAGS_REMOTE_EXPOSURES: z.enum(['on', 'off']).default('on'),
  FLAGS_TRUSTED_ORIGINS: list,
  FLAGS_METRICS_TOKEN: token,
  FLAGS_SHUTDOWN_GRACE_MS: wholeNumber(10_000, 0, 600_000),
  FLAGS_CALLS_MAX: wholeNumber(1_000, 1, 1_000_000),
  FLAGS_RESERVED_CALLS_MAX: wholeNumber(64, 1, 100_000),
  FLAGS_LOOP_DELAY_MS_TARGET: wholeNumber(200, 10, 60_000),
  FLAGS_LOOP_DELAY_MS_MAX: wholeNumber(1_000, 20, 60_000),
  FLAGS_STREAMS_MAX: wholeNumber(50_000, 1, 1_000_000),
  FLAGS_STREAMS_PER_KEY_MAX: wholeNumber(20_000, 1, 1_000_000),
  FLAGS_STREAMS_PER_CONNECTION_MAX: wholeNumber(1_000, 1, 100_000),
  FLAGS_STREAM_BACKLOG_BYTES_MAX: wholeNumber(4 * mebibyte, 64 * kibibyte, 1024 * mebibyte),
  FLAGS_BACKLOG_BYTES_MAX: wholeNumber(256 * mebibyte, mebibyte, 64 * 1024 * mebibyte),
  FLAGS_BODY_BYTES_MAX: wholeNumber(8 * mebibyte, 2 * mebibyte, 16 * 1024 * mebibyte),
  FLAGS_GRPC_CONNECTIONS_MAX: wholeNumber(20_000, 1, 1_000_000),
  FLAGS_HTTP_CONNECTIONS_MAX: wholeNumber(20_000, 1, 1_000_000),
  FLAGS_OLDER_SDKS: list,
  FLAGS_FAILPOINTS: z.string().default(''),
} as const;

type Variables = z.infer<z.ZodObject<typeof variables>>;

/** Reads and checks the environment. `readFile` is for the TLS files. */
export function readConfig(
  environment: Environment,
  readFile: (path: string) => Buffer = (path) => readFileSync(path),
): ConfigResult {
  const read = readVariables(variables, environment);
  if (!read.ok) return read;
  const { values, given } = read;
  const problems = [...checkTogether(values)];
  const config = toConfig(values, readFiles(values, readFile, problems));
  if (problems.length > 0) return { ok: false, problems };
  const unknown = given.filter((name) => name.startsWith('FLAGS_') && !(name in variables));
  return { ok: true, config, unknown };
}

function checkTogether(values: Variables): readonly VariableProblem[] {
  if (values.FLAGS_FLAGD_KEY !== undefined && values.FLAGS_FLAGD_ADDRESS === undefined) {
    return [
      { variable: 'FLAGS_FLAGD_ADDRESS', rule: 'must be set too: the key is for calls to that address' },
    ];
  }
  const hasNats = values.FLAGS_NATS_URLS.length > 0 || values.FLAGS_NATS_SERVER_BINARY !== undefined;
  if (values.FLAGS_EVENT_LOG === 'jetstream' && !hasNats) {
    return [
      {
        variable: 'FLAGS_EVENT_LOG',
        rule: 'needs FLAGS_NATS_URLS or FLAGS_NATS_SERVER_BINARY for jetstream',
      },
    ];
  }
  if (values.FLAGS_LOOP_DELAY_MS_MAX > values.FLAGS_LOOP_DELAY_MS_TARGET) return [];
  return [{ variable: 'FLAGS_LOOP_DELAY_MS_MAX', rule: 'must be larger than FLAGS_LOOP_DELAY_MS_TARGET' }];
}

interface Files {
  readonly grpc: ServerTls | undefined;
  readonly http: ServerTls | undefined;
  readonly natsCa: string | undefined;
  readonly analyticsCa: Buffer | undefined;
  readonly policyRules: readonly PolicyRule[];
  readonly alertChannels: Channels;
}

function readFiles(
  values: Variables,
  readFile: (path: string) => Buffer,
  problems: VariableProblem[],
): Files {
  const read = (variable: keyof Variables & `FLAGS_${string}_FILE`): Buffer | undefined => {
    const path = values[variable];
    if (path === undefined) return undefined;
    try {
      return readFile(path);
    } catch {
      problems.push({ variable, rule: 'must name a file that can be read' });
      return undefined;
    }
  };
  const cert = read('FLAGS_TLS_CERT_FILE');
  const key = read('FLAGS_TLS_KEY_FILE');
  const grpcCa = read('FLAGS_GRPC_TLS_CLIENT_CA_FILE');
  const httpCa = read('FLAGS_HTTP_TLS_CLIENT_CA_FILE');
  const natsCa = read('FLAGS_NATS_TLS_CA_FILE')?.toString('utf8');
  const analyticsCa = read('FLAGS_ANALYTICS_TLS_CA_FILE');
  const alertChannels = channelsOf(read('FLAGS_ALERT_CHANNELS_FILE'), problems);
  const policyRules = policyRulesOf(read('FLAGS_POLICY_FILE'), problems);
  const others = { natsCa, analyticsCa, policyRules, alertChannels };
  if (cert !== undefined && key !== undefined) {
    return { grpc: { cert, key, clientCa: grpcCa }, http: { cert, key, clientCa: httpCa }, ...others };
  }
  if (problems.length === 0 && (cert ?? key ?? grpcCa ?? httpCa) !== undefined) {
    const variable = cert === undefined ? 'FLAGS_TLS_CERT_FILE' : 'FLAGS_TLS_KEY_FILE';
    problems.push({ variable, rule: 'must be set too: TLS needs a certificate and its key' });
  }
  return { grpc: undefined, http: undefined, ...others };
}

function channelsOf(file: Buffer | undefined, problems: VariableProblem[]): Channels {
  if (file === undefined) return new Map();
  const found = readChannels(file.toString('utf8'));
  if (found.ok) return found.channels;
  problems.push({ variable: 'FLAGS_ALERT_CHANNELS_FILE', rule: found.problem });
  return new Map();
}

function policyRulesOf(file: Buffer | undefined, problems: VariableProblem[]): readonly PolicyRule[] {
  const rules = file && readPolicyRules(file.toString('utf8'));
  if (rules === undefined || rules.ok) return rules?.value ?? [];
  problems.push({ variable: 'FLAGS_POLICY_FILE', rule: `holds no policy rules: ${rules.fault.message}` });
  return [];
}

function toConfig(values: Variables, files: Files): Config {
  return {
    logLevel: values.FLAGS_LOG_LEVEL,
    dataDir: values.FLAGS_DATA_DIR,
    databaseUrl: values.FLAGS_DATABASE_URL ?? join(values.FLAGS_DATA_DIR, 'flags.db'),
    bootstrapAdminKey: values.FLAGS_BOOTSTRAP_ADMIN_KEY,
    failpoints: values.FLAGS_FAILPOINTS,
    olderSdks: values.FLAGS_OLDER_SDKS,
    push: {
      urls: values.FLAGS_NATS_URLS,
      advertisedUrls: values.FLAGS_NATS_ADVERTISED_URLS,
      serverBinary: values.FLAGS_NATS_SERVER_BINARY,
      authorityFile: values.FLAGS_NATS_AUTHORITY_FILE ?? defaultAuthorityFile(values.FLAGS_DATA_DIR),
      tlsCa: files.natsCa,
      replicas: values.FLAGS_NATS_REPLICAS,
    },
    eventLog: {
      place: values.FLAGS_EVENT_LOG,
      retentionMs: values.FLAGS_EVENT_LOG_RETENTION_DAYS * dayMs,
      bytesMax: values.FLAGS_EVENT_LOG_MEGABYTES_MAX * mebibyte,
    },
    analytics:
      values.FLAGS_ANALYTICS_URL.length === 0
        ? undefined
        : {
            addresses: values.FLAGS_ANALYTICS_URL.map((url) => url.replace(/^https?:\/\/|\/$/g, '')),
            tls: values.FLAGS_ANALYTICS_URL[0]!.startsWith('https') ? { ca: files.analyticsCa } : undefined,
            token: values.FLAGS_ANALYTICS_TOKEN,
          },
    outboundAllow: values.FLAGS_OUTBOUND_ALLOW,
    sourcesFile: values.FLAGS_SOURCES_FILE,
    alertChannels: files.alertChannels,
    policyRules: files.policyRules,
    shutdownGraceMs: values.FLAGS_SHUTDOWN_GRACE_MS,
    transport: toTransportSettings(values, files),
  };
}

function toTransportSettings(values: Variables, files: Files): TransportSettings {
  return {
    grpc: {
      address: values.FLAGS_GRPC_ADDRESS,
      reflection: values.FLAGS_GRPC_REFLECTION === 'on',
      tls: files.grpc,
    },
    http: { ...splitAddress(values.FLAGS_HTTP_ADDRESS), tls: files.http },
    flagd:
      values.FLAGS_FLAGD_ADDRESS === undefined
        ? undefined
        : { address: values.FLAGS_FLAGD_ADDRESS, key: values.FLAGS_FLAGD_KEY },
    remoteExposures: values.FLAGS_REMOTE_EXPOSURES === 'on',
    metricsToken: values.FLAGS_METRICS_TOKEN,
    trustedOrigins: values.FLAGS_TRUSTED_ORIGINS,
    admission: {
      callsMax: values.FLAGS_CALLS_MAX,
      reservedCallsMax: values.FLAGS_RESERVED_CALLS_MAX,
      loopDelayMsTarget: values.FLAGS_LOOP_DELAY_MS_TARGET,
      loopDelayMsMax: values.FLAGS_LOOP_DELAY_MS_MAX,
    },
    streamsMax: values.FLAGS_STREAMS_MAX,
    streamsPerKeyMax: values.FLAGS_STREAMS_PER_KEY_MAX,
    streamsPerConnectionMax: values.FLAGS_STREAMS_PER_CONNECTION_MAX,
    streamBacklogBytesMax: values.FLAGS_STREAM_BACKLOG_BYTES_MAX,
    backlogBytesMax: values.FLAGS_BACKLOG_BYTES_MAX,
    bodyBytesMax: values.FLAGS_BODY_BYTES_MAX,
    grpcConnectionsMax: values.FLAGS_GRPC_CONNECTIONS_MAX,
    httpConnectionsMax: values.FLAGS_HTTP_CONNECTIONS_MAX,
  };
}

function splitAddress(text: string): { readonly host: string; readonly port: number } {
  const host = hostOf(text);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(text.slice(host.length + 1)) };
}
