// Counts by minute what alerts watch, in what SDKs tell and in what this core evaluates, and adds it to the database now and
// then. Lossy by design, bounded, and free where there are no alerts. Never in the way of anything else.
import { countedAs } from '@org/automation';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import { addAlertCounts, type AlertCountRow } from '../../store/alert-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import type { Replica } from '../environment/replica.ts';
import type { Logger } from '../ports.ts';
import { watchedSubjects } from './watched-subjects.ts';

export interface AlertLedgerOptions {
  readonly driver: SqlDriver;
  readonly logger: Logger;
  readonly now: () => number;
  replica(environmentId: string): Replica | undefined;
}

export interface AlertLedger {
  /** Takes the events of a stored batch. */
  fold(environmentId: string, events: readonly Event[]): void;
  /** Takes evaluations that this core made. */
  evaluated(environmentId: string, outcome: Evaluated, count: number): void;
  /** Adds what was counted to the database; a failure keeps it for the next time. Never rejects. */
  flush(): Promise<void>;
}

/** Of an evaluation what is counted. */
export interface Evaluated {
  readonly flagKey: string;
  readonly variant?: string | undefined;
  readonly reason: string;
}

/** Labels of one subject and minute; what is more counts as the last one. */
const labelsMax = 100;
/** While the database is away, more is not counted. */
const pendingMax = 20_000;
const labelCharsMax = 256;
const minuteMs = 60_000;
const otherLabel = '…';

/** Makes an empty ledger. */
export function createAlertLedger(options: AlertLedgerOptions): AlertLedger {
  let pending = new Map<string, AlertCountRow>();
  let labels = new Map<string, Set<string>>();
  const watched = createWatchedCache(options);
  let flushing: Promise<void> = Promise.resolve();

  const merge = (row: AlertCountRow): void => {
    const id = JSON.stringify([row.environmentId, row.subject, row.minute, row.label]);
    const before = pending.get(id);
    if (before === undefined && pending.size >= pendingMax) return;
    pending.set(id, before === undefined ? row : { ...row, amount: before.amount + row.amount });
  };
  const add = (environmentId: string, subject: string, label: string, amount: number): void => {
    if (!Number.isFinite(amount) || amount === 0 || !watched(environmentId).has(subject)) return;
    const minute = Math.floor(options.now() / minuteMs);
    const id = JSON.stringify([environmentId, subject]);
    const known = labels.get(id) ?? new Set<string>();
    labels.set(id, known.add(known.size < labelsMax ? label.slice(0, labelCharsMax) : otherLabel));
    const own = known.has(label.slice(0, labelCharsMax)) ? label.slice(0, labelCharsMax) : otherLabel;
    merge({ environmentId, subject, minute, label: own, amount });
  };
  const evaluated: AlertLedger['evaluated'] = (environmentId, { flagKey, variant, reason }, count) => {
    if (!(count > 0)) return;
    add(environmentId, countedAs.evaluations(flagKey), variant ?? '', count);
    add(environmentId, countedAs.reasons(flagKey), reason, count);
  };
  const write = async (): Promise<void> => {
    labels = new Map();
    if (pending.size === 0) return;
    const rows = [...pending.values()];
    pending = new Map();
    try {
      await options.driver.transaction((session) => addAlertCounts(session, rows));
    } catch (error) {
      options.logger.debug({ err: error }, 'Counts for alerts could not be written; trying again later.');
      for (const row of rows) merge(row);
    }
  };
  return {
    evaluated,
    fold(environmentId, events) {
      if (watched(environmentId).size === 0) return;
      for (const { body } of events) {
        if (body?.$case === 'evaluationCount') evaluated(environmentId, body.value, body.value.count);
        else if (body?.$case === 'exposure' && !body.value.excluded)
          add(environmentId, countedAs.exposures(body.value.flagKey), 'count', 1);
        else if (body?.$case === 'metric') {
          const subject = countedAs.events(body.value.name);
          add(environmentId, subject, 'count', 1);
          if (body.value.value === undefined) continue;
          add(environmentId, subject, 'valued', 1);
          add(environmentId, subject, 'sum', body.value.value);
        }
      }
    },
    flush: () => (flushing = flushing.then(write)),
  };
}

/** What is watched, worked out once for each revision. */
function createWatchedCache({ replica }: AlertLedgerOptions): (environmentId: string) => ReadonlySet<string> {
  const none: ReadonlySet<string> = new Set();
  const cached = new Map<
    string,
    { readonly history: string; readonly revision: number; readonly subjects: ReadonlySet<string> }
  >();
  return (environmentId) => {
    const found = replica(environmentId);
    if (found === undefined) return none;
    const { historyId: history, revision } = found;
    const known = cached.get(environmentId);
    if (known?.history === history && known.revision === revision) return known.subjects;
    const subjects = watchedSubjects(found.state.documents);
    cached.set(environmentId, { history, revision, subjects });
    return subjects;
  };
}
