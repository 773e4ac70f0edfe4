// Batches of events as protobuf, at a fraction of what the generated encoder needs for metric events, by far the most of
// all: written from the back, so that each length is known when it is written. Other events go through the generated code.
import { Event, type RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import { Struct } from '@org/contract/gen/google/protobuf/struct';

type Metric = Extract<NonNullable<Event['body']>, { $case: 'metric' }>['value'];

const bytesAtFirst = 64 * 1024;
/** Longer texts are left to the platform. */
const shortCharsMax = 64;
const asciiMax = 127;

/** Tags: number of the field and how it is written. */
const tag = {
  ...{ environment: 10, instance: 18, sequence: 24, event: 34, dropped: 42 },
  ...{ time: 9, metric: 26 },
  ...{ name: 10, value: 17, units: 26, attributes: 34, revision: 40 },
  ...{ key: 10, textOfKey: 18, countOfKey: 16 },
  ...{ member: 10, number: 17, text: 26, boolean: 32 },
} as const;

let bytes = Buffer.allocUnsafe(bytesAtFirst);
/** What is written begins here. */
let at = bytes.length;
const eight = new DataView(new ArrayBuffer(8));

/** Counted from the back: there it stays when room is made. */
const written = (): number => bytes.length - at;

/** The message as the generated encoder would write it. The bytes are valid until the next call. */
export const encodeRecord = (request: RecordRequest): Uint8Array => {
  at = bytes.length;
  for (const [reason, count] of Object.entries(request.dropped)) {
    const end = written();
    putVarint(count);
    putByte(tag.countOfKey);
    putText(reason, tag.key);
    putLength(end, tag.dropped);
  }
  for (let index = request.events.length - 1; index >= 0; index -= 1) putEvent(request.events[index]!);
  if (request.sequence !== 0) {
    putVarint(request.sequence);
    putByte(tag.sequence);
  }
  if (request.instanceId !== '') putText(request.instanceId, tag.instance);
  if (request.environment !== '') putText(request.environment, tag.environment);
  return bytes.subarray(at);
};

const putEvent = (event: Event): void => {
  const end = written();
  if (event.body?.$case === 'metric') {
    putMetric(event.body.value);
    putLength(end, tag.metric);
    if (event.timeMs !== 0) putDouble(event.timeMs, tag.time);
  } else putBytes(Event.encode(event).finish());
  putLength(end, tag.event);
};

const putMetric = ({ name, value, units, attributes, revision }: Metric): void => {
  if (revision !== 0) {
    putVarint(revision);
    putByte(tag.revision);
  }
  if (attributes !== undefined) {
    const end = written();
    if (!putPlain(attributes)) {
      at = bytes.length - end;
      putBytes(Struct.encode(Struct.wrap(attributes)).finish());
    }
    putLength(end, tag.attributes);
  }
  for (const kind in units) {
    const end = written();
    putText(units[kind]!, tag.textOfKey);
    putText(kind, tag.key);
    putLength(end, tag.units);
  }
  if (value !== undefined) putDouble(value, tag.value);
  if (name !== '') putText(name, tag.name);
};

/** False when a member is no text, number or boolean: then something was written that does not count. */
const putPlain = (members: Readonly<Record<string, unknown>>): boolean => {
  for (const name in members) {
    const end = written();
    const value = members[name];
    if (typeof value === 'string') putText(value, tag.text);
    else if (typeof value === 'number') putDouble(value, tag.number);
    else if (typeof value === 'boolean') {
      putByte(value ? 1 : 0);
      putByte(tag.boolean);
    } else return false;
    putLength(end, tag.textOfKey);
    putText(name, tag.key);
    putLength(end, tag.member);
  }
  return true;
};

/** Room for so many bytes before what is written. */
const makeRoom = (count: number): void => {
  if (at >= count) return;
  const held = bytes.length - at;
  const larger = Buffer.allocUnsafe(2 * bytes.length + count);
  larger.set(bytes.subarray(at), larger.length - held);
  at = larger.length - held;
  bytes = larger;
};

const putByte = (byte: number): void => {
  makeRoom(1);
  at -= 1;
  bytes[at] = byte;
};

const putVarint = (value: number): void => {
  const length = value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
  makeRoom(length);
  at -= length;
  let rest = value;
  for (let index = 0; index < length - 1; index += 1) {
    bytes[at + index] = (rest & asciiMax) | 128;
    rest >>>= 7;
  }
  bytes[at + length - 1] = rest;
};

/** Length and tag of what was written since `before` bytes were. */
const putLength = (before: number, field: number): void => {
  putVarint(written() - before);
  putByte(field);
};

const putDouble = (value: number, field: number): void => {
  makeRoom(9);
  eight.setFloat64(0, value, true);
  at -= 8;
  for (let index = 0; index < 8; index += 1) bytes[at + index] = eight.getUint8(index);
  at -= 1;
  bytes[at] = field;
};

const putBytes = (own: Uint8Array): void => {
  makeRoom(own.length);
  at -= own.length;
  bytes.set(own, at);
};

const putText = (text: string, field: number): void => {
  const end = written();
  if (!putShort(text)) {
    const length = Buffer.byteLength(text);
    makeRoom(length);
    at -= length;
    bytes.write(text, at, length, 'utf8');
  }
  putLength(end, field);
};

/** False, and nothing written, for long texts and those with other than plain characters. */
const putShort = (text: string): boolean => {
  const { length } = text;
  if (length > shortCharsMax) return false;
  makeRoom(length);
  const from = at - length;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > asciiMax) return false;
    bytes[from + index] = code;
  }
  at = from;
  return true;
};
