// Takes what SDKs tell of guarded calls, for flags that some controller watches, and leaves it in the database for the core
// that holds the runner's lease. What a core had not written when it died is lost: half a second of evidence.
import { evaluatedKey, rulesOf, type CallReport } from '@org/automation';
import type { CallTelemetry, Event, LatencySketch } from '@org/contract/gen/flags/v1/event_service';
import { writeReports } from '../../store/controller-store.ts';
import type { SqlDriver } from '../../store/sql-driver.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import type { Replica } from '../environment/replica.ts';
import type { Logger, Runtime } from '../ports.ts';
import { exposingRollouts } from './running.ts';

export interface CallLedgerOptions {
  readonly driver: SqlDriver;
  readonly runtime: Pick<Runtime, 'now' | 'newId'>;
  readonly logger: Logger;
  replica(environmentId: string): Replica | undefined;
}

export interface CallLedger {
  /** Takes the guarded calls of a stored batch. */
  fold(environmentId: string, instanceId: string, events: readonly Event[]): void;
  /** Writes what was taken; a failure keeps it for the next time. Never rejects. */
  flush(): Promise<void>;
}

/** Outcomes per environment between two flushes; more are left out. */
const outcomesMax = 1_000;
const instancesMax = 100;
/** Units with errors per outcome and minute: beyond them every further one counts. */
const unitsMax = 10_000;
const minuteMs = 60_000;
const reportCharsMax = 256;

interface Tally {
  report: CallReport;
  readonly tripped: Set<string>;
}

/** Makes an empty ledger. */
export function createCallLedger(options: CallLedgerOptions): CallLedger {
  const { driver, runtime, logger } = options;
  const environments = new Map<string, Map<string, Tally>>();
  const units = createUnitMinutes();
  let flushing: Promise<void> = Promise.resolve();

  const add = (replica: Replica, instanceId: string, calls: CallTelemetry, slowBounds: readonly number[]) => {
    const { environmentId } = replica;
    const tallies = environments.get(environmentId) ?? new Map<string, Tally>();
    environments.set(environmentId, tallies);
    const { flagKey, variant, rule, revision, trips, criticals } = calls;
    const id = JSON.stringify([flagKey, variant, rule, revision]);
    const known = tallies.get(id);
    if (known === undefined && tallies.size >= outcomesMax) return;
    const tally = known ?? { report: emptyReport(calls), tripped: new Set<string>() };
    tallies.set(id, tally);
    if (trips > 0 && tally.tripped.size < instancesMax)
      tally.tripped.add(instanceId.slice(0, reportCharsMax));
    const { report } = tally;
    tally.report = {
      ...report,
      calls: report.calls + calls.calls,
      errors: report.errors + units.fresh(`${environmentId} ${id}`, calls),
      tripped: [...tally.tripped],
      criticals: report.criticals + criticals,
      slow: plusSlow(report.slow, calls.latency, slowBounds),
    };
  };
  const write = async (): Promise<void> => {
    const taken = [...environments].filter(([, tallies]) => tallies.size > 0);
    if (taken.length === 0) return;
    environments.clear();
    const rows = taken.map(([environmentId, tallies]) => ({
      id: runtime.newId(),
      environmentId,
      atMs: runtime.now(),
      reports: [...tallies.values()].map(({ report }) => report),
    }));
    try {
      await driver.transaction((session) => writeReports(session, rows));
    } catch (error) {
      // Evidence is good while it is fresh: what cannot be written is not kept for long.
      logger.debug({ err: error }, 'Reports of guarded calls could not be written.');
      for (const [environmentId, tallies] of taken)
        if (!environments.has(environmentId)) environments.set(environmentId, tallies);
    }
  };
  return {
    fold(environmentId, instanceId, events) {
      const replica = options.replica(environmentId);
      if (replica === undefined) return;
      for (const { body } of events) {
        if (body?.$case !== 'calls' || body.value.excluded) continue;
        const { documents } = replica.state;
        if (!isWatched(documents, body.value.flagKey)) continue;
        add(replica, instanceId, body.value, slowBoundsOf(documents, body.value.flagKey));
      }
    },
    flush: () => (flushing = flushing.then(write)),
  };
}

const configPrefix = evaluatedKey({ kind: 'config', key: '' });

/** Somebody watches what an overlay changes, and flags with a breaker. */
function isWatched(documents: DocumentSource, flagKey: string): boolean {
  const [kind, key] = flagKey.startsWith(configPrefix)
    ? ['config', flagKey.slice(configPrefix.length)]
    : ['flag', flagKey];
  if (documents.held(kind, key) === undefined) return false;
  for (const dependant of documents.dependants(kind, key)) if (dependant.kind === 'overlay') return true;
  for (const { document } of documents.ofKind('breaker'))
    if ((document['target'] as { readonly key?: unknown }).key === flagKey) return true;
  return false;
}

const slowBoundsOf = (documents: DocumentSource, flagKey: string): readonly number[] => [
  ...new Set(
    exposingRollouts(documents)
      .filter(({ rollout }) => evaluatedKey(rollout.target) === flagKey)
      .flatMap(({ rollout }) => rulesOf(rollout))
      .flatMap((rule) => (rule.type === 'guarded_latency' ? [rule.slowerThanMs] : [])),
  ),
];

const emptyReport = ({ flagKey, variant, rule, revision }: CallTelemetry): CallReport => ({
  flagKey,
  variant,
  rule,
  revision,
  calls: 0,
  errors: 0,
  tripped: [],
  criticals: 0,
  slow: [],
});

/** The growth of a sketch's buckets: 1 % accuracy (proto LatencySketch). */
const gamma = 1.01 / 0.99;

function plusSlow(
  slow: CallReport['slow'],
  sketch: LatencySketch | undefined,
  bounds: readonly number[],
): CallReport['slow'] {
  return bounds.map((boundMs) => {
    const [, before = 0] = slow.find(([known]) => known === boundMs) ?? [];
    // A bucket lies above the bound when its lower end does, as far as a sketch can tell.
    const first = Math.ceil(Math.log(boundMs) / Math.log(gamma));
    const more = (sketch?.indices ?? []).reduce(
      (sum, index, at) => (index > first ? sum + (sketch?.counts[at] ?? 0) : sum),
      0,
    );
    return [boundMs, before + more] as const;
  });
}

interface UnitMinutes {
  /** How many of the units with errors were not counted in this minute yet; errors without units count each. */
  fresh(id: string, calls: CallTelemetry): number;
}

/** A unit counts once a minute, whichever instance and batch told of it. */
function createUnitMinutes(): UnitMinutes {
  let seen = new Map<string, Set<number>>();
  let minute = 0;
  return {
    fresh(id, { errors, unitsWithErrors, fromMs }) {
      if (unitsWithErrors.length === 0) return errors;
      const now = Math.floor(fromMs / minuteMs);
      if (now > minute) {
        seen = new Map();
        minute = now;
      }
      const known = seen.get(id) ?? new Set<number>();
      seen.set(id, known);
      const before = known.size;
      let beyond = 0;
      for (const unit of unitsWithErrors) {
        if (known.size < unitsMax) known.add(unit);
        else if (!known.has(unit)) beyond += 1;
      }
      return known.size - before + beyond;
    },
  };
}
