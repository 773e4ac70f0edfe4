// Turns logged batches into rows of the event tables. Pure. What cannot be used is counted by reason, never lost in
// silence.
import { RecordRequest, type Event } from '@org/contract/gen/flags/v1/event_service';
import type { DuckDBValue } from '@duckdb/node-api';
import type { LoggedBatch } from '@org/push-nats/events';
import { emptyColumns, type Columns } from '../store/append.ts';
import type { Erasures } from '../store/erasures.ts';
import { evaluationCounts, exposures, metricEvents } from '../store/tables.ts';
import { partitionOf } from './partition.ts';

/** Why events are not in: `sdk:<reason>` was dropped by the SDK itself. */
export type Drop = 'malformed' | 'without_unit' | 'too_old' | 'erased' | `sdk:${string}`;

/** Rows of several batches. */
export interface Rows {
  readonly exposures: Columns;
  readonly metrics: Columns;
  readonly counts: Columns;
  /** Count by environment and reason. */
  readonly drops: Map<string, Map<string, number>>;
}

export const emptyRows = (): Rows => ({
  exposures: emptyColumns(exposures),
  metrics: emptyColumns(metricEvents),
  counts: emptyColumns(evaluationCounts),
  drops: new Map(),
});

/** What is left out. */
export interface BatchRules {
  /** Events from before it are dropped and counted. */
  readonly oldestMs: number;
  readonly isErased?: Erasures['has'];
}

const unitsOf = ({ body }: Event): Readonly<Record<string, string>> | undefined =>
  body?.$case === 'exposure' || body?.$case === 'metric' ? body.value.units : undefined;

/** Adds one batch. Events from the future count as of now. */
export function addBatch(rows: Rows, batch: LoggedBatch, { oldestMs, isErased }: BatchRules): void {
  const request = decode(batch.bytes);
  if (request === undefined) return drop(rows, batch, 'malformed', 1);
  for (const [reason, count] of Object.entries(request.dropped)) drop(rows, batch, `sdk:${reason}`, count);
  for (const event of request.events) {
    const units = unitsOf(event);
    if (units !== undefined && isErased?.(batch.environmentId, units, batch.position) === true)
      drop(rows, batch, 'erased', 1);
    else addEvent(rows, batch, event, oldestMs);
  }
}

function decode(bytes: Uint8Array): RecordRequest | undefined {
  try {
    return RecordRequest.decode(bytes);
  } catch {
    return undefined;
  }
}

const drop = (rows: Rows, { environmentId }: LoggedBatch, reason: Drop, count: number): void => {
  const reasons = rows.drops.get(environmentId) ?? new Map<string, number>();
  rows.drops.set(environmentId, reasons.set(reason, (reasons.get(reason) ?? 0) + count));
};

function addEvent(rows: Rows, batch: LoggedBatch, { timeMs, body }: Event, oldestMs: number): void {
  const time = Math.min(timeMs, batch.receivedAtMs);
  if (time < oldestMs) return drop(rows, batch, 'too_old', 1);
  switch (body?.$case) {
    case undefined:
      return drop(rows, batch, 'malformed', 1);
    case 'evaluationCount': {
      const { flagKey, variant, reason, rule, revision, errorCode, count, fromMs } = body.value;
      return push(rows.counts, [
        ...originOf(batch, time, revision),
        fromMs,
        flagKey,
        variant,
        reason,
        rule,
        errorCode,
        count,
      ]);
    }
    case 'exposure': {
      const { flagKey, variant, rule, revision, units, excluded } = body.value;
      const unit = unitOf(units);
      if (unit === undefined) return drop(rows, batch, 'without_unit', 1);
      return push(rows.exposures, [
        ...originOf(batch, time, revision),
        ...unit,
        flagKey,
        variant,
        rule,
        excluded,
        null,
      ]);
    }
    case 'metric': {
      const { name, value, revision, units, attributes } = body.value;
      const unit = unitOf(units);
      if (unit === undefined) return drop(rows, batch, 'without_unit', 1);
      return push(rows.metrics, [
        ...originOf(batch, time, revision),
        ...unit,
        name,
        value ?? null,
        attributes === undefined ? null : JSON.stringify(attributes),
      ]);
    }
  }
}

const originOf = (
  { position, environmentId, instanceId, receivedAtMs }: LoggedBatch,
  timeMs: number,
  revision: number,
): readonly DuckDBValue[] => [BigInt(position), environmentId, instanceId, timeMs, receivedAtMs, revision];

/** Unit, all units where there are several, and partition. */
function unitOf(units: Readonly<Record<string, string>>): readonly DuckDBValue[] | undefined {
  const kinds = Object.keys(units);
  const kind = 'user' in units ? 'user' : kinds.length > 1 ? kinds.toSorted()[0] : kinds[0];
  const unit = kind === undefined ? undefined : units[kind];
  if (unit === undefined) return undefined;
  const others = kinds.length > 1 || kind !== 'user' ? JSON.stringify(units) : null;
  return [unit, others, partitionOf(unit)];
}

function push(columns: Columns, row: readonly DuckDBValue[]): void {
  for (let index = 0; index < row.length; index += 1) columns.values[index]!.push(row[index]!);
}
