// Some partitions of an experiment's units and of the events of its metrics, as temporary tables of a connection: so many that
// they fit any memory limit. What is in them depends on the events alone, never on the order in which they came.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Experiment, Metric } from '@org/contract/model';
import { configFlagKey } from '@org/evaluator/config';
import { partitionCount } from '../../ingest/partition.ts';
import { createFilter } from './filter.ts';
import type { CollectRequest, ExcludedUnits, Grouping, KeyedMetric } from './request.ts';
import { literal, numbersOf, numeral, relationOf, textsOf } from './sql.ts';

/** Partitions that are read at once, ascending. */
export interface PartRange {
  readonly parts: readonly number[];
}

/** What the tables hold. Units are numbered from 0 in the order of their partitions and keys. */
export interface LoadedUnits {
  /** By unit, ascending. */
  readonly parts: readonly number[];
  /** Index of the variant, by unit. */
  readonly arms: readonly number[];
  /** By unit. */
  readonly groups: readonly string[];
  /** Of the first exposure, by unit. */
  readonly exposedMs: readonly number[];
  readonly crossedUnits: number;
  readonly excluded: ExcludedUnits;
  readonly unusableValues: number;
}

/** Where an experiment's exposures lie in time. */
export interface ExposureTime {
  readonly fromMs: number;
  readonly untilMs: number;
  /** First exposures after it do not count. */
  readonly firstUntilMs: number;
}

/** Values are usable up to this size: sums of billions of them stay within what statistics can take. */
const valueMax = 1e60;

const isUsable = `(isfinite(value) AND abs(value) <= ${numeral(valueMax)})`;
/** A value where it is usable, else nothing. */
export const usableValue = `CASE WHEN ${isUsable} THEN value END`;

/** Rule of an experiment's exposures. */
export const ruleOf = (experimentKey: string): string =>
  // Stages of rollouts are compared as experiments that are named as their overlays.
  experimentKey.startsWith('rollout:') ? `overlay:${experimentKey}` : `overlay:experiment:${experimentKey}`;

/** What exposures of the experiment name as their flag. */
export const exposedKeyOf = ({ target }: Pick<Experiment, 'target'>): string =>
  target.kind === 'config' ? configFlagKey(target.key) : target.key;

/** Makes the tables `assigned` (id, u, arm, t0) and `events` (u, name, attributes, time_ms, value). */
export async function loadPartitions(
  connection: DuckDBConnection,
  request: CollectRequest,
  time: ExposureTime,
  range: PartRange,
): Promise<LoadedUnits> {
  const { experiment } = request;
  await connection.run(`CREATE OR REPLACE TEMP TABLE seen AS ${seenUnits(request, time, range)}`);
  const condition = await removeExcluded(connection, experiment);
  const [all, crossed, targeted, overridden] = await numbersOf(
    connection,
    `SELECT count(*)::DOUBLE, count(*) FILTER (WHERE NOT excluded AND variants > 1)::DOUBLE,
       count(*) FILTER (WHERE targeted)::DOUBLE, count(*) FILTER (WHERE excluded AND NOT targeted)::DOUBLE FROM seen`,
  );
  const excluded = { targeted: targeted?.[0] ?? 0, overridden: overridden?.[0] ?? 0, condition };
  if ((all?.[0] ?? 0) === 0) return { ...nobody, excluded };
  await connection.run(`CREATE OR REPLACE TEMP TABLE assigned AS
    SELECT (row_number() OVER (ORDER BY p, u) - 1)::INTEGER AS id, p, u, arm, grp, t0 FROM (
      SELECT seen.p, seen.u, v.arm, seen.grp, seen.t0 FROM seen JOIN (VALUES ${variantRows(experiment)}) v(variant, arm)
        ON seen.variant = v.variant
      WHERE NOT excluded AND variants = 1 AND t0 <= ${numeral(time.firstUntilMs)})`);
  await loadEvents(connection, request, range);
  const [unusable] = await numbersOf(
    connection,
    'SELECT count(*) FILTER (WHERE unusable)::DOUBLE FROM events',
  );
  const units = await connection.runAndReadAll('SELECT p, arm, grp, t0 FROM assigned ORDER BY id');
  const [parts = [], arms = [], groups = [], exposedMs = []] = units.getColumns();
  return {
    parts: parts as number[],
    arms: arms as number[],
    groups: groups as string[],
    exposedMs: exposedMs as number[],
    crossedUnits: crossed?.[0] ?? 0,
    excluded,
    unusableValues: unusable?.[0] ?? 0,
  };
}

/** Makes the table `events` of the units in `assigned`. */
export async function loadEvents(
  connection: DuckDBConnection,
  { experiment, environmentId, metrics, untilMs = Number.MAX_VALUE }: CollectRequest,
  range: PartRange,
): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE events AS
    SELECT e.* FROM (SELECT ${unitOf(experiment)} AS u, name, attributes, time_ms,
        ${usableValue} AS value, value IS NOT NULL AND NOT ${isUsable} AS unusable
      FROM metric_events WHERE environment_id = ${literal(environmentId)} AND ${isInRange(experiment, range)}
        AND time_ms <= ${numeral(untilMs)}
        AND name IN (SELECT text FROM ${relationOf(namesOf(metrics))})) e
    SEMI JOIN assigned ON assigned.u = e.u`);
}

const nobody: LoadedUnits = {
  parts: [],
  arms: [],
  groups: [],
  exposedMs: [],
  crossedUnits: 0,
  excluded: { targeted: 0, overridden: 0, condition: 0 },
  unusableValues: 0,
};

/** Rows of events that are read at once. */
const rowsAtOnce = 120_000;

/** Partitions, as many at once as fit. How they are cut changes nothing of the results. */
export async function rangesOf(
  connection: DuckDBConnection,
  { environmentId, experiment, metrics }: CollectRequest,
  parts: readonly number[],
): Promise<readonly PartRange[]> {
  const [rows = []] = await numbersOf(
    connection,
    `SELECT (SELECT count(*) FROM exposures
         WHERE environment_id = ${literal(environmentId)} AND flag_key = ${literal(exposedKeyOf(experiment))})::DOUBLE
       + (SELECT count(*) FROM metric_events WHERE environment_id = ${literal(environmentId)}
         AND name IN (SELECT text FROM ${relationOf(namesOf(metrics))}))::DOUBLE`,
  );
  // Units are spread over them by hash, so they are about equal.
  const size = Math.max(1, Math.floor((rowsAtOnce * parts.length) / Math.max(1, rows[0]!)));
  const ascending = parts.toSorted((left, right) => left - right);
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, index) => ({
    parts: ascending.slice(index * size, (index + 1) * size),
  }));
}

/** Units with what they were shown. A unit that was overridden or targeted once is out for good. */
function seenUnits(request: CollectRequest, time: ExposureTime, range: PartRange): string {
  const { grouping } = request;
  return `
    SELECT *, ${groupOf(grouping)} AS grp FROM (SELECT u, p, bool_or(excluded) AS excluded, bool_or(excluded AND rule <> 'override') AS targeted,
      count(DISTINCT variant) FILTER (WHERE NOT excluded) AS variants,
      min(variant) FILTER (WHERE NOT excluded) AS variant,
      min(time_ms) FILTER (WHERE NOT excluded) AS t0,
      first(attributes ORDER BY time_ms, attributes) FILTER (WHERE NOT excluded) AS attributes
    FROM (${itsExposures(request, time, range)})
    WHERE u IS NOT NULL GROUP BY u, p)`;
}

/** Rows of the experiment's exposures, with those that leave a unit out. */
export function itsExposures(
  { environmentId, experiment, experimentKey }: CollectRequest,
  { fromMs, untilMs }: Pick<ExposureTime, 'fromMs' | 'untilMs'>,
  range: PartRange,
): string {
  return `SELECT ${unitOf(experiment)} AS u, ${partOf(experiment)} AS p, variant, rule, time_ms, excluded, attributes FROM exposures
      WHERE environment_id = ${literal(environmentId)} AND ${isInRange(experiment, range)}
        AND flag_key = ${literal(exposedKeyOf(experiment))} AND (excluded OR rule = ${literal(ruleOf(experimentKey))})
        AND time_ms >= ${numeral(fromMs)} AND time_ms <= ${numeral(untilMs)}`;
}

function groupOf(grouping: Grouping): string {
  switch (grouping.by) {
    case 'nothing':
      return "''";
    case 'attribute':
      return `coalesce(json_extract_string(attributes, ${literal(pathOf(grouping.attribute))}), '')`;
    case 'first_exposure': {
      const bucket = numeral(grouping.bucketMs);
      return `(floor(coalesce(t0, 0) / ${bucket}) * ${bucket})::BIGINT::VARCHAR`;
    }
  }
}

/** Takes out of `seen` the units whose context at their first exposure said that they are bots or our own people. */
export async function removeExcluded(
  connection: DuckDBConnection,
  { exclude }: Pick<Experiment, 'exclude'>,
): Promise<number> {
  if (exclude === undefined) return 0;
  const isExcluded = createFilter(exclude);
  const texts = await textsOf(connection, 'SELECT DISTINCT attributes FROM seen WHERE NOT excluded');
  const out = texts.filter((text): text is string => text !== null && isExcluded(text));
  const ofNone = texts.includes(null) && isExcluded(null) ? 'attributes IS NULL OR ' : '';
  const { rowsChanged } = await connection.run(
    `DELETE FROM seen WHERE NOT excluded AND (${ofNone}attributes IN (SELECT text FROM ${relationOf(out)}))`,
  );
  return rowsChanged;
}

/** Names of variants with their places. */
export const variantRows = ({ variants }: Experiment): string =>
  variants.map(({ variant }, arm) => `(${literal(variant)}, ${arm}::INTEGER)`).join(', ');

const pathOf = (name: string): string => `$.${JSON.stringify(name)}`;

/** The key of the experiment's kind of unit; null for events that name none. */
export function unitOf({ unit = 'user' }: Pick<Experiment, 'unit'>): string {
  const ofKind = `json_extract_string(units, ${literal(pathOf(unit))})`;
  return unit === 'user' ? `CASE WHEN units IS NULL THEN unit ELSE ${ofKind} END` : ofKind;
}

/** The partition of a row. The column `part` is made of the key of kind `user`; other kinds are spread by their own key. */
export function partOf({ unit = 'user' }: Pick<Experiment, 'unit'>): string {
  return unit === 'user' ? 'part' : `(('0x' || left(md5(${unitOf({ unit })}), 2))::INTEGER >> 2)`;
}

/** The rows of some partitions. */
export const isInRange = (experiment: Pick<Experiment, 'unit'>, { parts }: PartRange): string =>
  parts.length === partitionCount ? 'true' : `${partOf(experiment)} IN (${parts.join(', ')})`;

/** Names of all events that metrics speak of. */
function namesOf(metrics: readonly KeyedMetric[]): readonly string[] {
  const names = metrics.flatMap(({ metric }) => selectionsOf(metric).map(({ event }) => event));
  return [...new Set(names)].toSorted();
}

/** All selections of a metric. */
export const selectionsOf = ({ selection, numerator, denominator, steps = [] }: Metric) =>
  [selection, numerator, denominator, ...steps].filter((each) => each !== undefined);
