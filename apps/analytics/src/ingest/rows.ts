// Turns logged batches into rows of the event tables, those of some partitions alone. What cannot be used is counted by
// reason, never lost in silence.
import { limits } from '@org/contract';
import { RecordRequest, type CallTelemetry, type Event } from '@org/contract/gen/flags/v1/event_service';
import { Struct } from '@org/contract/gen/google/protobuf/struct';
import { createScan, scanBatch } from '@org/events/plain-metrics';
import type { LoggedBatch } from '@org/push-nats/events';
import type { CellValue, TableAppender } from '../store/append.ts';
import { ByteIndex } from '../store/byte-index.ts';
import type { Erasures } from '../store/erasures.ts';
import { partitionOf, partitionOfBytes } from './partition.ts';

/** Why events are not in: `sdk:<reason>` was dropped by the SDK itself. `too_late` and `duplicate` count batches. */
export type Drop =
  'malformed' | 'without_unit' | 'too_old' | 'erased' | 'too_late' | 'duplicate' | `sdk:${string}`;

/** Where rows go. */
export interface Tables {
  readonly exposures: TableAppender;
  readonly metrics: TableAppender;
  readonly counts: TableAppender;
  readonly calls: TableAppender;
}

/** What is taken. */
export interface RowRules {
  /** Events that are older by so much when they come are dropped and counted. */
  readonly lateMs: number;
  readonly isErased?: Erasures['has'];
  /** 1 for each partition whose rows are taken. */
  readonly parts: Uint8Array;
}

/** Events that are not in, by environment, partition and reason. */
export class Drops {
  readonly #counts = new Map<string, number>();

  add(environmentId: string, part: number, reason: Drop, count: number): void {
    const key = JSON.stringify([environmentId, part, reason]);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  *[Symbol.iterator](): Iterator<
    readonly [environmentId: string, part: number, reason: string, count: number]
  > {
    for (const [key, count] of this.#counts) {
      const [environmentId, part, reason] = JSON.parse(key) as [string, number, string];
      yield [environmentId, part, reason, count];
    }
  }
}

const scan = createScan(limits.eventsPerBatchMax);

/** Writes the rows of batches. */
export class RowWriter {
  readonly drops = new Drops();
  readonly #tables: Tables;
  readonly #rules: RowRules;
  /** The row in this chunk that holds the JSON of attributes with these bytes; of a name. */
  readonly #attributes = new ByteIndex();
  readonly #names = new ByteIndex();
  #batch!: LoggedBatch;
  #position = 0n;
  /** Of the instance: what has no unit is counted there. */
  #ownPart = 0;

  constructor(tables: Tables, rules: RowRules) {
    this.#tables = tables;
    this.#rules = rules;
  }

  /** One batch. Events from the future count as of when they came. */
  add(batch: LoggedBatch): void {
    this.#begin(batch);
    const { bytes } = batch;
    const slow = scanBatch(bytes, scan) ? decodeOthers(bytes) : decode(bytes);
    if (slow === undefined) return this.drop(this.#ownPart, 'malformed', 1);
    for (const [reason, count] of Object.entries(slow.dropped))
      this.drop(this.#ownPart, `sdk:${reason}`, count);
    if (slow.isWhole) return slow.events.forEach((event) => this.#addEvent(event));
    let others = 0;
    for (let index = 0; index < scan.events; index += 1) {
      if (scan.plain[index] === 1) this.#addPlain(index);
      else {
        this.#addEvent(slow.events[others]!);
        others += 1;
      }
    }
  }

  /** A batch that is not taken at all. */
  refuse(batch: LoggedBatch, reason: 'too_late' | 'duplicate'): void {
    this.#begin(batch);
    this.drop(this.#ownPart, reason, 1);
  }

  drop(part: number, reason: Drop, count: number): void {
    if (this.#rules.parts[part] === 1) this.drops.add(this.#batch.environmentId, part, reason, count);
  }

  #begin(batch: LoggedBatch): void {
    this.#batch = batch;
    this.#position = BigInt(batch.position);
    this.#ownPart = partitionOf(batch.instanceId);
  }

  /** A metric event that was found in the bytes: the same as `#addEvent`, without objects. */
  #addPlain(index: number): void {
    const { position, environmentId, instanceId, receivedAtMs } = this.#batch;
    const bytes = bufferOf(this.#batch.bytes);
    const { unitFrom, unitTo, nameFrom, nameTo } = scan;
    const part = partitionOfBytes(bytes, unitFrom[index]!, unitTo[index]!);
    if (this.#rules.parts[part] !== 1) return;
    const { isErased } = this.#rules;
    const timeMs = Math.min(scan.timeMs[index]!, receivedAtMs);
    if (isErased !== undefined) {
      const user = bytes.toString('latin1', unitFrom[index], unitTo[index]);
      if (isErased(environmentId, { user }, position, timeMs)) return this.drop(part, 'erased', 1);
    }
    if (timeMs < receivedAtMs - this.#rules.lateMs) return this.drop(part, 'too_old', 1);
    const table = this.#tables.metrics;
    const { row } = table;
    if (row === 0) this.#beginChunk();
    table.setBig(0, this.#position);
    table.text(1).set(row, environmentId);
    table.text(2).set(row, instanceId);
    table.setNumber(3, timeMs);
    table.setNumber(4, receivedAtMs);
    table.setNumber(5, scan.revision[index]!);
    table.text(6).setBytes(row, bytes, unitFrom[index]!, unitTo[index]!);
    table.setNull(7);
    table.setNumber(8, part);
    this.#setName(table, row, bytes, nameFrom[index]!, nameTo[index]!);
    if (scan.hasValue[index] === 1) table.setNumber(10, scan.value[index]!);
    else table.setNull(10);
    this.#setAttributes(table, row, bytes, index);
    table.next();
  }

  #beginChunk(): void {
    this.#attributes.clear();
    this.#names.clear();
  }

  #setName(table: TableAppender, row: number, bytes: Buffer, from: number, to: number): void {
    const known = this.#names.take(row, bytes, from, to);
    if (known >= 0) table.text(9).copy(row, known);
    else table.text(9).setBytes(row, bytes, from, to);
  }

  #setAttributes(table: TableAppender, row: number, bytes: Buffer, index: number): void {
    const [from, to] = [scan.attributesFrom[index]!, scan.attributesTo[index]!];
    if (to === 0) return table.setNull(11);
    const known = this.#attributes.take(row, bytes, from, to);
    if (known >= 0) return table.text(11).copy(row, known);
    table.text(11).set(row, JSON.stringify(Struct.unwrap(Struct.decode(bytes.subarray(from, to)))));
  }

  #addEvent({ timeMs, body }: Event): void {
    const { environmentId, receivedAtMs, position } = this.#batch;
    const time = Math.min(timeMs, receivedAtMs);
    const isOld = time < receivedAtMs - this.#rules.lateMs;
    switch (body?.$case) {
      case 'evaluationCount': {
        if (isOld) return this.drop(this.#ownPart, 'too_old', 1);
        const { flagKey, variant, reason, rule, revision, errorCode, count, fromMs } = body.value;
        const measured = body.value.evaluationTime;
        const took = measured === undefined ? null : JSON.stringify(measured);
        const rest = [fromMs, flagKey, variant, reason, rule, errorCode, count, this.#ownPart, took];
        return this.#push(this.#tables.counts, this.#ownPart, [...this.#origin(time, revision), ...rest]);
      }
      case 'calls':
        if (isOld) return this.drop(this.#ownPart, 'too_old', 1);
        return this.#push(this.#tables.calls, this.#ownPart, [
          ...this.#origin(time, body.value.revision),
          ...cellsOfCalls(body.value),
          this.#ownPart,
        ]);
      case 'exposure':
      case 'metric': {
        const { units, revision, attributes } = body.value;
        const unit = unitOf(units);
        if (unit === undefined) return this.drop(this.#ownPart, 'without_unit', 1);
        const part = Number(unit[2]);
        if (this.#rules.isErased?.(environmentId, units, position, time) === true)
          return this.drop(part, 'erased', 1);
        if (isOld) return this.drop(part, 'too_old', 1);
        const start = [...this.#origin(time, revision), ...unit];
        const json = attributes === undefined ? null : JSON.stringify(attributes);
        if (body.$case === 'metric')
          return this.#push(this.#tables.metrics, part, [
            ...start,
            body.value.name,
            body.value.value ?? null,
            json,
          ]);
        const { flagKey, variant, rule, excluded } = body.value;
        return this.#push(this.#tables.exposures, part, [...start, flagKey, variant, rule, excluded, json]);
      }
      default:
        return this.drop(this.#ownPart, 'malformed', 1);
    }
  }

  #origin(timeMs: number, revision: number): readonly CellValue[] {
    const { position, environmentId, instanceId, receivedAtMs } = this.#batch;
    return [position, environmentId, instanceId, timeMs, receivedAtMs, revision];
  }

  #push(table: TableAppender, part: number, row: readonly CellValue[]): void {
    if (this.#rules.parts[part] !== 1) return;
    // Rows of plain events look for theirs by what they know of this chunk.
    if (table.row === 0) this.#beginChunk();
    table.add(row);
  }
}

interface Decoded {
  /** All events of the batch; otherwise those that are not plain. */
  readonly isWhole: boolean;
  readonly events: readonly Event[];
  readonly dropped: Readonly<Record<string, number>>;
}

function decode(bytes: Uint8Array): Decoded | undefined {
  try {
    return { isWhole: true, ...RecordRequest.decode(bytes) };
  } catch {
    return undefined;
  }
}

const nothing: Decoded = { isWhole: false, events: [], dropped: {} };

/** What the scan left: events that are not plain, and what was dropped. */
function decodeOthers(bytes: Uint8Array): Decoded | undefined {
  const { dropped, events, plain, from, to } = scan;
  let plainEvents = 0;
  for (let index = 0; index < events; index += 1) plainEvents += plain[index]!;
  if (plainEvents === events && dropped.length === 0) return nothing;
  // Many sorts in one batch: the generated decoder does it in one go.
  if (plainEvents === 0) return decode(bytes);
  const ranges = Array.from({ length: dropped.length / 2 }, (_, at) =>
    bytes.subarray(dropped[2 * at], dropped[2 * at + 1]),
  );
  const others: Uint8Array[] = [];
  for (let index = 0; index < events; index += 1)
    if (plain[index] === 0) others.push(framed(bytes.subarray(from[index], to[index])));
  const decoded = decode(Buffer.concat([...ranges, ...others]));
  return decoded && { ...decoded, isWhole: false };
}

/** An event as a field of the batch. */
function framed(message: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = message.length; ; rest >>>= 7) {
    if (rest < 128) {
      length.push(rest);
      break;
    }
    length.push((rest & 127) | 128);
  }
  return Buffer.concat([Uint8Array.from([eventTag, ...length]), message]);
}

const eventTag = 34;

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const cellsOfCalls = (told: CallTelemetry): readonly CellValue[] => [
  ...[told.fromMs, told.flagKey, told.variant, told.rule, told.excluded],
  ...[told.calls, told.errors, told.trips],
  JSON.stringify(told.latency ?? noLatency),
  JSON.stringify(told.unitsWithErrors),
];

const noLatency = { indices: [], counts: [], zeros: 0 };

/** Unit, all units where there are several, and partition. */
function unitOf(units: Readonly<Record<string, string>>): readonly CellValue[] | undefined {
  const kinds = Object.keys(units);
  const kind = 'user' in units ? 'user' : kinds.length > 1 ? kinds.toSorted()[0] : kinds[0];
  const unit = kind === undefined ? undefined : units[kind];
  if (unit === undefined) return undefined;
  const others = kinds.length > 1 || kind !== 'user' ? JSON.stringify(units) : null;
  return [unit, others, partitionOf(unit)];
}
