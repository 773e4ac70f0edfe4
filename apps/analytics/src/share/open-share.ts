// Opens what processes that share partitions need: their common texts where the event log lies, this process's place among
// them, and the way to the others.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createNatsAuthority, loadAuthoritySeeds } from '@org/push-nats';
import { openSharedMap, type SharedMap } from '@org/push-nats/events';
import type { Logger } from '@org/service';
import type { LogPlace, SharingConfig } from '../config.ts';
import type { Database } from '../store/database.ts';
import type { ErasedUnit } from '../store/erase.ts';
import { erasureText, type ErasedUpTo } from '../store/erasures.ts';
import { openShare, type Share } from './share.ts';
import { openPostgresSharedMap, openSqliteSharedMap } from './sql-shared-map.ts';

/** A share with what is kept beside it. */
export interface OpenedShare extends Share {
  announce(erased: ErasedUnit & { readonly upTo: ErasedUpTo }): Promise<void>;
}

/** Starts; resolves before the others can be reached. */
export async function openSharing(
  {
    sharing,
    place,
    file,
  }: { readonly sharing: SharingConfig; readonly place: LogPlace; readonly file: string },
  {
    database,
    logger,
    position,
  }: {
    readonly database: Database;
    readonly logger: Logger;
    readonly position: (parts: ReadonlySet<number>) => number;
  },
): Promise<OpenedShare> {
  const map = await openMap(place, logger);
  const share = openShare({
    map,
    id: memberId(`${file}-member`),
    address: sharing.peerAddress,
    leaseMs: sharing.leaseMs,
    position,
    nowMs: () => performance.now(),
    onErasures: async () => (await map.list(erasuresPrefix)).forEach(database.erasures.addText),
    onFailure: (error) =>
      logger.warn({ err: error }, 'the other analytics processes could not be told of; trying again'),
  });
  // Its getters stay getters.
  return Object.assign(share, {
    announce: async ({ upTo, ...unit }: ErasedUnit & { readonly upTo: ErasedUpTo }): Promise<void> => {
      await keep(map, erasureText(unit, upTo));
      await share.announceErasure();
    },
  });
}

const erasuresPrefix = 'erasures.';

/** By the unit's hash: the newest erasure reaches farthest. */
async function keep(map: SharedMap, text: string): Promise<void> {
  const key = `${erasuresPrefix}${text.slice(0, text.indexOf(' '))}`;
  for (;;) {
    const held = await map.get(key);
    if (await map.put(key, text, held?.revision ?? 0)) return;
  }
}

async function openMap(place: LogPlace, logger: Logger): Promise<SharedMap> {
  switch (place.kind) {
    case 'sqlite':
      return openSqliteSharedMap(place.path.replace(/-events$/, '-analytics'));
    case 'postgres':
      return openPostgresSharedMap(place.url, (error) => logger.info({ err: error }, 'shared texts'));
    case 'jetstream': {
      const authority = createNatsAuthority(await loadAuthoritySeeds(place.authorityFile));
      return openSharedMap({
        servers: place.urls,
        credentials: () => authority.coreCredentials(),
        random: () => Math.random(),
        ...(place.caFile === undefined ? {} : { tls: { ca: readFileSync(place.caFile, 'utf8') } }),
      });
    }
  }
}

/** The same over restarts, and when the DuckDB file is thrown away. */
function memberId(path: string): string {
  const id = randomBytes(16).toString('hex');
  try {
    writeFileSync(path, id, { flag: 'wx', mode: 0o600, flush: true });
    return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readFileSync(path, 'utf8').trim();
    throw error;
  }
}
