// Opens the event log where the configuration says it lies.
import { readFileSync } from 'node:fs';
import { createNatsAuthority, loadAuthoritySeeds } from '@org/push-nats';
import { openJetStreamLog } from '@org/push-nats/events';
import type { LogPlace } from '../config.ts';
import type { EventLog } from './event-log.ts';
import { openPostgresLog, openSqliteLog } from './sql-log.ts';

/** `onState` hears of what goes on in the background. Resolves before the log can be reached. */
export async function openLog(place: LogPlace, onState: (message: string) => void): Promise<EventLog> {
  switch (place.kind) {
    case 'sqlite':
      return openSqliteLog(place.path);
    case 'postgres':
      return openPostgresLog(place.url, (error) => onState(error.message));
    case 'jetstream': {
      const authority = createNatsAuthority(await loadAuthoritySeeds(place.authorityFile));
      return openJetStreamLog({
        servers: place.urls,
        credentials: () => authority.coreCredentials(),
        random: () => Math.random(),
        onState: (state, detail) => onState(detail === undefined ? state : `${state}: ${detail}`),
        ...(place.caFile === undefined ? {} : { tls: { ca: readFileSync(place.caFile, 'utf8') } }),
      });
    }
  }
}
