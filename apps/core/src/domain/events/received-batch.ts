// A batch as it came, so that the log need not encode it again; and its check without an object for each event, where all
// of them are plain metrics. Everything else is decoded and checked by check-batch.ts, whose rules these are.
import { limits } from '@org/contract';
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import { createScan, isPlainStruct, scanBatch } from '@org/events/plain-metrics';
import { unitCharsMax } from './check-batch.ts';
import { timeMsMax, timeMsMin } from './event-fields.ts';

/** The bytes a request came in. */
interface Received {
  readonly bytes: Uint8Array;
  /** All of its events are plain and break no rule; they were not decoded. */
  readonly isChecked: boolean;
}

const received = new WeakMap<RecordRequest, Received>();
const scan = createScan(limits.eventsPerBatchMax);
const utf8 = new TextDecoder();
/** Escapes and UTF-8 make no more than six bytes of a character. */
const plainBytesMax = limits.eventAttributesBytesMax / 6;

/** Decodes. `events` stays empty where the bytes alone told that they break no rule. */
export function receiveBatch(bytes: Uint8Array): RecordRequest {
  const isChecked =
    scanBatch(bytes, scan) && scan.events > 0 && scan.dropped.length === 0 && areAllFine(bytes);
  const text = (from: number, to: number): string => utf8.decode(bytes.subarray(from, to));
  const request = isChecked
    ? {
        environment: text(scan.environmentFrom, scan.environmentTo),
        instanceId: text(scan.instanceFrom, scan.instanceTo),
        sequence: scan.sequence,
        events: [],
        dropped: {},
      }
    : RecordRequest.decode(bytes);
  // A small window would keep all that was read from the connection with it.
  const isOwn = bytes.byteLength * 2 >= bytes.buffer.byteLength;
  received.set(request, { bytes: isOwn ? bytes : bytes.slice(), isChecked });
  return request;
}

/** Undefined for a request that came as JSON. */
export const bytesOf = (request: RecordRequest): Uint8Array | undefined => received.get(request)?.bytes;

/** Whether its events were found to break no rule when it came. */
export const areEventsChecked = (request: RecordRequest): boolean =>
  received.get(request)?.isChecked === true;

function areAllFine(bytes: Uint8Array): boolean {
  for (let event = 0; event < scan.events; event += 1) if (!isFine(bytes, event)) return false;
  return true;
}

/** Of plain characters only: there are as many bytes. */
function isFine(bytes: Uint8Array, event: number): boolean {
  const { timeMs, nameFrom, nameTo, unitFrom, unitTo, hasValue, value, attributesFrom, attributesTo } = scan;
  const time = timeMs[event]!;
  const attributesEnd = attributesTo[event]!;
  return (
    scan.plain[event] === 1 &&
    time >= timeMsMin &&
    time <= timeMsMax &&
    nameTo[event]! - nameFrom[event]! <= limits.keyCharsMax &&
    unitTo[event]! - unitFrom[event]! <= unitCharsMax &&
    (hasValue[event] === 0 || Number.isFinite(value[event]!)) &&
    (attributesEnd === 0 || isPlainStruct(bytes, attributesFrom[event]!, attributesEnd, plainBytesMax))
  );
}
