// What events are measured on: one nats-server with fsync, one core, one analytics process.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  analyticsPort,
  coreVariables,
  startAnalytics,
  type AnalyticsProcess,
} from '@org/tools/cluster/analytics-process';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { startNatsServer, type NatsServer } from '@org/tools/services/nats-server';

export interface EventStage {
  readonly nats: NatsServer;
  readonly core: CoreProcess;
  readonly analytics: AnalyticsProcess;
  close(): Promise<void>;
}

const gibibyte = 1024 ** 3;

/** Starts the servers. */
export async function startEventStage(): Promise<EventStage> {
  const nats = await startNatsServer({ storeBytesMax: 8 * gibibyte });
  const authorityFile = join(nats.directory, 'authority.json');
  await writeFile(authorityFile, JSON.stringify(nats.authority.seeds), { mode: 0o600 });
  const log = { FLAGS_NATS_URLS: nats.url, FLAGS_NATS_AUTHORITY_FILE: authorityFile };
  const port = await analyticsPort();
  const core = await startCore({
    environment: { ...log, ...coreVariables(port), FLAGS_EVENT_LOG_MEGABYTES_MAX: '6144' },
  });
  const analytics = await startAnalytics({ port, environment: log });
  const close = async (): Promise<void> => {
    await analytics.close();
    await core.close();
    await nats.close();
  };
  return { nats, core, analytics, close };
}
