// Puts the process together: database, log, ingest, service; and takes it down in order. What main.ts and tests start.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '@org/service';
import type { Config } from './config.ts';
import { openDefinitions } from './definitions/definitions.ts';
import { createExperimentHandlers } from './experiments/index.ts';
import { createIngest } from './ingest/ingest.ts';
import { runIngest, type RunningIngest } from './ingest/run-ingest.ts';
import { openLog } from './log/open-log.ts';
import type { AnalyticsPorts } from './ports.ts';
import { createHandlers } from './service/create-handlers.ts';
import { startService } from './service/grpc-server.ts';
import {
  createPartAnswers,
  gatherLocally,
  gatherShared,
  guardAnswers,
  type PartAnswers,
} from './share/gather.ts';
import { openSharing, type OpenedShare } from './share/open-share.ts';
import { createPeers, type Peers } from './share/peers.ts';
import { openDatabase, type Database } from './store/database.ts';
import { keepRetention } from './store/retention.ts';
import { clientCredentials, serverCredentials } from './tls.ts';

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
  const held: { running?: RunningIngest } = {};
  const position = (): number => held.running?.ingest?.lowestPosition ?? 0;
  const sharing = await startSharing(config, { database, logger, position, running: () => held.running });
  const running = runIngest({
    now: () => performance.now(),
    open: () =>
      createIngest(database, log, {
        lateMs: config.lateMs,
        erasures: database.erasures,
        ...(sharing && { parts: sharing.share.parts ?? new Set<number>() }),
      }),
    onFailure: (error) => logger.warn({ err: error }, 'the event log could not be taken in; trying again'),
    makeRoom: log.makeRoom && ((upTo) => log.makeRoom!(sharing?.share.lowestPosition ?? upTo)),
    parts: sharing && (() => sharing.share.parts),
    random: () => Math.random(),
  });
  held.running = running;
  const definitions = await openDefinitions(database);
  const gather = sharing
    ? gatherShared(sharing.share, sharing.answers, sharing.peers)
    : gatherLocally(database, position);
  const ports: AnalyticsPorts = {
    ...{ database, definitions, gather, log, running, logger },
    announceErasure: async (erased) => sharing?.share.announce(erased),
    now: () => Date.now(),
  };
  const experiments = createExperimentHandlers(ports);
  const service = await startService(
    {
      handlers: createHandlers(ports, experiments.handlers),
      definitions,
      logPosition: () => sharing?.share.lowestPosition ?? position(),
      ...(sharing && { peers: sharing.answers }),
    },
    { ...config, credentials: serverCredentials(config.tls) },
    logger,
  );
  const retention = keepRetention(ports, config.retentionMs);
  return {
    port: service.port,
    ports,
    async close() {
      await service.close();
      await experiments.close();
      await retention.close();
      await running.close();
      await sharing?.share.close();
      sharing?.peers.close();
      await log.close();
      database.close();
    },
  };
}

interface Sharing {
  readonly share: OpenedShare;
  readonly answers: PartAnswers;
  readonly peers: Peers;
}

/** Undefined for a process that holds all partitions by itself. */
async function startSharing(
  { sharing, log: place, file, token, tls }: Config,
  parts: {
    readonly database: Database;
    readonly logger: Logger;
    readonly position: () => number;
    readonly running: () => RunningIngest | undefined;
  },
): Promise<Sharing | undefined> {
  if (sharing === undefined) return undefined;
  const { database, logger, position, running } = parts;
  const positionOf = (own: ReadonlySet<number>): number => {
    const isHeld = running()?.ingest?.held ?? new Set();
    return [...own].every((part) => isHeld.has(part)) ? position() : 0;
  };
  const share = await openSharing({ sharing, place, file }, { database, logger, position: positionOf });
  const ready = (): ReadonlySet<number> => running()?.ingest?.ready ?? new Set();
  const answers = guardAnswers(createPartAnswers(database, position), share, ready);
  return { share, answers, peers: createPeers({ token, credentials: clientCredentials(tls) }) };
}
