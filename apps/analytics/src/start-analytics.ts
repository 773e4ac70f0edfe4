// Puts the process together: database, log, ingest, service; and takes it down in order. What main.ts and tests start.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from './config.ts';
import { openDefinitions } from './definitions/definitions.ts';
import { createExperimentHandlers } from './experiments/index.ts';
import { createIngest } from './ingest/ingest.ts';
import { runIngest } from './ingest/run-ingest.ts';
import { openLog } from './log/open-log.ts';
import type { Logger } from '@org/service';
import type { AnalyticsPorts } from './ports.ts';
import { createHandlers } from './service/create-handlers.ts';
import { startService } from './service/grpc-server.ts';
import { gatherLocally } from './share/gather.ts';
import { openDatabase } from './store/database.ts';
import { keepRetention } from './store/retention.ts';

export interface Analytics {
  readonly port: number;
  readonly ports: AnalyticsPorts;
  close(): Promise<void>;
}

/** Starts; rejects when the file or the address cannot be had. Does not wait for the log. */
export async function startAnalytics(config: Config, logger: Logger): Promise<Analytics> {
  mkdirSync(dirname(config.file), { recursive: true, mode: 0o700 });
  const { file: path, memoryMegabytes, threads } = config;
  const database = await openDatabase({ path, memoryMegabytes, threads });
  const log = await openLog(config.log, (message) => logger.info({ message }, 'event log'));
  const running = runIngest({
    open: () => createIngest(database, log, { lateMs: config.lateMs, erasures: database.erasures }),
    onFailure: (error) => logger.warn({ err: error }, 'the event log could not be taken in; trying again'),
    makeRoom: log.makeRoom,
    random: () => Math.random(),
  });
  const definitions = await openDefinitions(database);
  const gather = gatherLocally(database);
  const ports: AnalyticsPorts = {
    database,
    definitions,
    gather,
    log,
    running,
    now: () => Date.now(),
    logger,
  };
  const experiments = createExperimentHandlers(ports);
  const handlers = createHandlers(ports, experiments.handlers);
  const service = await startService(handlers, definitions, config, logger);
  const retention = keepRetention(ports, config.retentionMs);
  return {
    port: service.port,
    ports,
    async close() {
      await service.close();
      await experiments.close();
      await retention.close();
      await running.close();
      await log.close();
      database.close();
    },
  };
}
