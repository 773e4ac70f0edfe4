// Starts the core: reads the configuration, puts push channel, domain and transports together, and takes them down again
// on SIGTERM or SIGINT. The only place that knows all of them; holds no logic of theirs.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createAnalyticsClient } from './analytics/analytics-client.ts';
import type { AnalyticsClient } from './analytics/analytics-client.ts';
import type { EventLogWriter } from '@org/push-nats/events';
import {
  countBuffersAsHeap,
  createLogger,
  hostOf,
  logCrashes,
  stopOnSignals,
  type Logger,
} from '@org/service';
import type { RunningApplication } from './application.ts';
import { runCli } from './cli/run-cli.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { loadOlderSdks } from './domain/commit/older-sdks.ts';
import { createApplication } from './domain/create-application.ts';
import { openSources } from './sources/open-source.ts';
import { startPush } from './push/start-push.ts';
import type { Push } from './push/start-push.ts';
import { nodeRuntime } from './runtime.ts';
import { applicationMeasures } from './telemetry/application-measures.ts';
import { startTransports } from './transport/start-transports.ts';
import type { Transports } from './transport/start-transports.ts';

await main();

async function main(): Promise<void> {
  countBuffersAsHeap();
  const read = readConfig(process.env);
  if (!read.ok) {
    for (const { variable, rule } of read.problems) process.stderr.write(`${variable} ${rule}\n`);
    process.exit(1);
  }
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const exitCode = await runCli(process.argv.slice(2), { databaseUrl: read.config.databaseUrl, print });
  if (exitCode !== undefined) process.exit(exitCode);
  const logger = createLogger(read.config.logLevel);
  logCrashes(logger);
  for (const variable of read.unknown) logger.warn({ variable }, 'unknown variable; see docs/operations.md');
  try {
    await run(read.config, logger);
  } catch (error) {
    logger.fatal({ err: error }, 'the core cannot start');
    process.exit(1);
  }
}

async function run(config: Config, logger: Logger): Promise<void> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const push = await startPush(config.push, { dataDir: config.dataDir, runtime: nodeRuntime, logger });
  const analytics = config.analytics && createAnalyticsClient(config.analytics);
  const eventLog = config.eventLog.place === 'database' ? undefined : push?.openEventLog(config.eventLog);
  const running = await createApplication({
    databaseUrl: config.databaseUrl,
    runtime: nodeRuntime,
    randomBytes,
    logger,
    publisher: push?.publisher,
    push: push?.access,
    eventLog,
    eventLogRetentionMs: config.eventLog.retentionMs,
    analytics,
    outboundAllow: config.outboundAllow,
    sources: await openSources(config, nodeRuntime),
    alertChannels: config.alertChannels,
    policyRules: config.policyRules,
    bootstrapAdminKey: config.bootstrapAdminKey,
    failpoints: config.failpoints,
    olderSdks: await loadOlderSdks(config.olderSdks),
  });
  push?.follow(running.application.access);
  const transports = await startTransports(
    {
      application: running.application,
      runtime: nodeRuntime,
      logger,
      notReady: () => notReady(running),
      warnings: () => warnings(running),
      measures: () => applicationMeasures(running.status(), push?.publisher.isUp()),
    },
    config.transport,
  );
  const parts = { running, transports, push, eventLog, analytics };
  stopOnSignals(logger, () => stop(config, parts));
  announce(config, logger, parts);
}

interface Parts {
  readonly running: RunningApplication;
  readonly transports: Transports;
  readonly push: Push | undefined;
  readonly eventLog: EventLogWriter | undefined;
  readonly analytics: AnalyticsClient | undefined;
}

function notReady(running: RunningApplication): readonly string[] {
  if (running.isReady()) return [];
  return [running.status().store === 'unavailable' ? 'store_unavailable' : 'loading'];
}

const warnings = (running: RunningApplication): readonly string[] =>
  (running.status().sources ?? [])
    .filter(({ state }) => state === 'invalid' || state === 'unreachable')
    .map(({ name, state }) => `source_${state}:${name}`);

function announce({ bootstrapAdminKey, transport }: Config, logger: Logger, parts: Parts): void {
  const { running, push } = parts;
  const { grpc, http, flagd } = parts.transports;
  if (running.firstAdminKey !== undefined && bootstrapAdminKey === undefined) {
    // Past the logger, which would cut it out: this is the one time the key is shown.
    process.stdout.write(`${JSON.stringify({ msg: 'first admin key', adminKey: running.firstAdminKey })}\n`);
  }
  const grpcHost = hostOf(transport.grpc.address);
  logger.info(
    {
      grpc: `${grpcHost}:${grpc.port}`,
      http: `${transport.http.host}:${http.port}`,
      ...(flagd !== undefined && { flagd: `${hostOf(transport.flagd!.address)}:${flagd.port}` }),
      tls: transport.grpc.tls !== undefined,
      store: running.status().dialect,
      push: push?.mode ?? 'off',
      ...(push !== undefined && { nats: push.servers }),
      eventLog: parts.eventLog === undefined ? 'database' : 'jetstream',
      pid: process.pid,
    },
    'ready',
  );
}

/** Readers first: nobody is told of a store that is gone. */
async function stop({ shutdownGraceMs }: Config, parts: Parts): Promise<void> {
  await parts.transports.close(shutdownGraceMs);
  await parts.running.close();
  await parts.eventLog?.close();
  await parts.push?.close();
  parts.analytics?.close();
}
