// The tables of raw events, each defined once: what DuckDB creates, and in which order its appender takes the columns.
import { BOOLEAN, DOUBLE, UBIGINT, UINTEGER, UTINYINT, VARCHAR, type DuckDBType } from '@duckdb/node-api';

export interface Column {
  readonly name: string;
  readonly type: DuckDBType;
}

/** A table that is only ever appended to. */
export interface EventTable {
  readonly name: string;
  readonly columns: readonly Column[];
}

const text = (name: string): Column => ({ name, type: VARCHAR });
const number = (name: string): Column => ({ name, type: DOUBLE });

/** Of every event: where it came from. `time_ms` is the event's own time, but never later than `received_ms`. */
const origin = [
  { name: 'position', type: UBIGINT },
  text('environment_id'),
  text('instance_id'),
  number('time_ms'),
  number('received_ms'),
  { name: 'revision', type: UINTEGER },
] as const satisfies readonly Column[];

/** The partition (docs/analytics.md): of the unit; where there is none, of the instance. */
const part: Column = { name: 'part', type: UTINYINT };

/** `unit`: the key of kind `user`, else of the first kind by name. `units`: JSON of all, where there are several. */
const unit = [text('unit'), text('units'), part] as const satisfies readonly Column[];

export const exposures: EventTable = {
  name: 'exposures',
  columns: [
    ...origin,
    ...unit,
    text('flag_key'),
    text('variant'),
    text('rule'),
    { name: 'excluded', type: BOOLEAN },
    text('attributes'),
  ],
};

export const metricEvents: EventTable = {
  name: 'metric_events',
  columns: [...origin, ...unit, text('name'), number('value'), text('attributes')],
};

export const evaluationCounts: EventTable = {
  name: 'evaluation_counts',
  columns: [
    ...origin,
    number('from_ms'),
    text('flag_key'),
    text('variant'),
    text('reason'),
    text('rule'),
    text('error_code'),
    { name: 'count', type: UINTEGER },
    part,
    text('evaluation_time'),
  ],
};

/** Guarded calls. Sketches and samples as JSON, in the shape of proto flags.v1. */
export const callTelemetry: EventTable = {
  name: 'call_telemetry',
  columns: [
    ...origin,
    number('from_ms'),
    text('flag_key'),
    text('variant'),
    text('rule'),
    { name: 'excluded', type: BOOLEAN },
    { name: 'calls', type: UINTEGER },
    { name: 'errors', type: UINTEGER },
    { name: 'trips', type: UINTEGER },
    text('latency'),
    text('units_with_errors'),
    part,
  ],
};

export const eventTables = [exposures, metricEvents, evaluationCounts, callTelemetry] as const;

/** SQL that creates a table. */
export const createTable = ({ name, columns }: EventTable): string =>
  `CREATE TABLE IF NOT EXISTS ${name} (${columns.map((column) => `${column.name} ${column.type.toString()}`).join(', ')})`;
