// Reads the usual batch of events where it lies: metric events of one user with a few plain attributes, by far the most of
// all events, told and found in protobuf bytes without an object for each. What is unusual in any way is left to the
// generated decoder, which stays the truth. Pure; never throws.

/** What a scan found. Reused by the next one: read it before. */
export interface ScannedBatch {
  /** Ranges of header fields; `instanceTo` 0: there is none. */
  environmentFrom: number;
  environmentTo: number;
  instanceFrom: number;
  instanceTo: number;
  sequence: number;
  /** Ranges of the fields `dropped`, tags included. */
  readonly dropped: number[];
  /** Number of events, in the order of the batch. */
  events: number;
  /** By event: whether it is plain. Ranges of others are those of their message. */
  plain: Uint8Array;
  from: Int32Array;
  to: Int32Array;
  /** Of plain ones. */
  timeMs: Float64Array;
  nameFrom: Int32Array;
  nameTo: Int32Array;
  unitFrom: Int32Array;
  unitTo: Int32Array;
  hasValue: Uint8Array;
  value: Float64Array;
  /** Range of the Struct; `attributesTo` 0: there is none. */
  attributesFrom: Int32Array;
  attributesTo: Int32Array;
  revision: Float64Array;
}

/** Room for batches of up to so many events. */
export function createScan(eventsMax: number): ScannedBatch {
  const ints = (): Int32Array => new Int32Array(eventsMax);
  return {
    ...{ environmentFrom: 0, environmentTo: 0, instanceFrom: 0, instanceTo: 0, sequence: 0, events: 0 },
    dropped: [],
    plain: new Uint8Array(eventsMax),
    ...{ from: ints(), to: ints(), nameFrom: ints(), nameTo: ints(), unitFrom: ints(), unitTo: ints() },
    ...{ attributesFrom: ints(), attributesTo: ints(), hasValue: new Uint8Array(eventsMax) },
    ...{ timeMs: new Float64Array(eventsMax), value: new Float64Array(eventsMax) },
    revision: new Float64Array(eventsMax),
  };
}

/** Reading position and what it read last; one for all, for a scan is one turn. */
let at = 0;
/** Bytes of an 8-byte number, and the number. */
const eight = new Uint8Array(8);
const asDouble = new DataView(eight.buffer);

/** A varint below 2^32, or -1. Moves on. */
function varint(bytes: Uint8Array, end: number): number {
  let value = 0;
  let factor = 1;
  while (at < end && factor <= 0x1000_0000) {
    const byte = bytes[at]!;
    at += 1;
    value += (byte & 127) * factor;
    if (byte < 128) return value <= 0xffff_ffff ? value : -1;
    factor *= 128;
  }
  return -1;
}

/** End of a length-delimited field that begins here; -1 when it does not fit. */
function endOfField(bytes: Uint8Array, end: number): number {
  const length = varint(bytes, end);
  const fieldEnd = at + length;
  return length < 0 || fieldEnd > end ? -1 : fieldEnd;
}

function double(bytes: Uint8Array): number {
  for (let index = 0; index < 8; index += 1) eight[index] = bytes[at + index]!;
  at += 8;
  return asDouble.getFloat64(0, true);
}

const tags = { environment: 10, instance: 18, sequence: 24, event: 34, dropped: 42 } as const;
const eventTags = { time: 9, metric: 26 } as const;
const metricTags = { name: 10, value: 17, units: 26, attributes: 34, revision: 40 } as const;

/** False when the bytes are no RecordRequest of the usual sort: decode them. */
export function scanBatch(bytes: Uint8Array, scan: ScannedBatch): boolean {
  at = 0;
  scan.events =
    scan.sequence =
    scan.environmentTo =
    scan.environmentFrom =
    scan.instanceFrom =
    scan.instanceTo =
      0;
  scan.dropped.length = 0;
  const end = bytes.length;
  while (at < end) {
    const start = at;
    const tag = bytes[at]!;
    at += 1;
    if (tag === tags.sequence) {
      scan.sequence = varint(bytes, end);
      if (scan.sequence < 0) return false;
      continue;
    }
    const fieldEnd = endOfField(bytes, end);
    if (fieldEnd < 0) return false;
    if (tag === tags.event) {
      if (scan.events >= scan.plain.length) return false;
      scanEvent(bytes, fieldEnd, scan);
    } else if (tag === tags.environment) [scan.environmentFrom, scan.environmentTo] = [at, fieldEnd];
    else if (tag === tags.instance) [scan.instanceFrom, scan.instanceTo] = [at, fieldEnd];
    else if (tag === tags.dropped) scan.dropped.push(start, fieldEnd);
    else return false;
    at = fieldEnd;
  }
  return true;
}

function scanEvent(bytes: Uint8Array, end: number, scan: ScannedBatch): void {
  const event = scan.events;
  scan.events += 1;
  scan.from[event] = at;
  scan.to[event] = end;
  scan.plain[event] = 0;
  if (end - at < 11 || bytes[at] !== eventTags.time) return;
  at += 1;
  scan.timeMs[event] = double(bytes);
  if (bytes[at] !== eventTags.metric) return;
  at += 1;
  // Nothing may come behind it: the last body counts.
  if (endOfField(bytes, end) === end && scanMetric(bytes, end, scan, event)) scan.plain[event] = 1;
}

function scanMetric(bytes: Uint8Array, end: number, scan: ScannedBatch, event: number): boolean {
  scan.nameTo[event] = scan.unitTo[event] = scan.hasValue[event] = scan.attributesTo[event] = 0;
  scan.value[event] = scan.revision[event] = 0;
  // Each field once, in ascending order: as every library writes them.
  let last = 0;
  while (at < end) {
    const tag = bytes[at]!;
    at += 1;
    if (tag <= last) return false;
    last = tag;
    if (tag === metricTags.value) {
      if (at + 8 > end) return false;
      scan.hasValue[event] = 1;
      scan.value[event] = double(bytes);
      continue;
    }
    if (tag === metricTags.revision) {
      scan.revision[event] = varint(bytes, end);
      if (scan.revision[event] < 0) return false;
      continue;
    }
    const fieldEnd = endOfField(bytes, end);
    if (fieldEnd < 0) return false;
    if (tag === metricTags.name) [scan.nameFrom[event], scan.nameTo[event]] = [at, fieldEnd];
    else if (tag === metricTags.attributes)
      [scan.attributesFrom[event], scan.attributesTo[event]] = [at, fieldEnd];
    else if (tag !== metricTags.units || !scanUser(bytes, fieldEnd, scan, event)) return false;
    if (tag === metricTags.name && !isAscii(bytes, at, fieldEnd)) return false;
    at = fieldEnd;
  }
  return scan.nameTo[event] > scan.nameFrom[event]! && scan.unitTo[event] > 0;
}

/** The one unit of kind `user`, with a key of plain characters. */
function scanUser(bytes: Uint8Array, end: number, scan: ScannedBatch, event: number): boolean {
  const isUser =
    bytes[at] === 10 &&
    bytes[at + 1] === 4 &&
    bytes[at + 2] === 117 &&
    bytes[at + 3] === 115 &&
    bytes[at + 4] === 101 &&
    bytes[at + 5] === 114 &&
    bytes[at + 6] === 18;
  at += 7;
  if (!isUser || at >= end || endOfField(bytes, end) !== end || at === end) return false;
  scan.unitFrom[event] = at;
  scan.unitTo[event] = end;
  return isAscii(bytes, at, end);
}

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) if (bytes[index]! > 127) return false;
  return true;
}

const structTags = { entry: 10, key: 10, value: 18 } as const;
const valueTags = { number: 17, text: 26, boolean: 32 } as const;

/**
 * Whether a Struct holds a few plain members: texts, finite numbers, booleans, of plain characters; at most `bytesMax`
 * long. Then it is JSON within any rule.
 */
export function isPlainStruct(bytes: Uint8Array, from: number, to: number, bytesMax: number): boolean {
  if (to - from > bytesMax) return false;
  at = from;
  while (at < to) {
    if (bytes[at] !== structTags.entry) return false;
    at += 1;
    const entryEnd = endOfField(bytes, to);
    if (entryEnd < 0 || bytes[at] !== structTags.key) return false;
    at += 1;
    const keyEnd = endOfField(bytes, entryEnd);
    if (keyEnd < 0 || !isAscii(bytes, at, keyEnd)) return false;
    at = keyEnd;
    if (!isPlainValue(bytes, entryEnd)) return false;
    at = entryEnd;
  }
  return true;
}

function isPlainValue(bytes: Uint8Array, end: number): boolean {
  if (bytes[at] !== structTags.value) return false;
  at += 1;
  if (endOfField(bytes, end) !== end || at >= end) return false;
  const tag = bytes[at]!;
  at += 1;
  if (tag === valueTags.number) return at + 8 === end && Number.isFinite(double(bytes));
  if (tag === valueTags.boolean) return at + 1 === end && bytes[at]! < 2;
  return tag === valueTags.text && endOfField(bytes, end) === end && isAscii(bytes, at, end);
}
