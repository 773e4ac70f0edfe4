// What a scan tells of a batch is what the generated decoder makes of it; what it does not understand, it says so.
import { RecordRequest, type Event } from '@org/contract/gen/flags/v1/event_service';
import { Struct } from '@org/contract/gen/google/protobuf/struct';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createScan, isPlainStruct, scanBatch } from './plain-metrics.ts';

const scan = createScan(500);
const text = (bytes: Uint8Array, from: number, to: number): string =>
  new TextDecoder().decode(bytes.subarray(from, to));

const plainText = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 });
const attributes = fc.dictionary(plainText, fc.oneof(plainText, fc.double({ noNaN: true }), fc.boolean()), {
  maxKeys: 5,
});
const metric = fc.record(
  {
    name: fc.oneof(plainText, fc.string({ maxLength: 8 })),
    value: fc.double({ noNaN: true }),
    units: fc.oneof(
      plainText.map((user) => ({ user })),
      fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 })),
    ),
    attributes: fc.oneof(attributes, fc.constant({ nested: { list: [1] } })),
    revision: fc.nat(),
  },
  { requiredKeys: ['name', 'units', 'revision'] },
);
const event = metric.map((value) => ({
  timeMs: 1_800_000_000_000,
  body: { $case: 'metric' as const, value },
}));
const batch = fc.record({
  environment: fc.string(),
  instanceId: fc.string(),
  sequence: fc.nat(),
  events: fc.array(event, { maxLength: 20 }),
  dropped: fc.dictionary(plainText, fc.nat(), { maxKeys: 2 }),
});
const encoded = (request: object): Uint8Array =>
  RecordRequest.encode(RecordRequest.fromPartial(request)).finish();

/** What the scan says of one event, in the shape of the decoder. */
function eventAt(bytes: Uint8Array, index: number): Partial<Event> {
  const { attributesFrom, attributesTo } = scan;
  const range = bytes.subarray(attributesFrom[index], attributesTo[index]);
  return {
    timeMs: scan.timeMs[index]!,
    body: {
      $case: 'metric',
      value: {
        name: text(bytes, scan.nameFrom[index]!, scan.nameTo[index]!),
        value: scan.hasValue[index] === 1 ? scan.value[index] : undefined,
        units: { user: text(bytes, scan.unitFrom[index]!, scan.unitTo[index]!) },
        attributes: attributesTo[index] === 0 ? undefined : Struct.unwrap(Struct.decode(range)),
        revision: scan.revision[index]!,
      },
    },
  };
}

it('tells of every batch what the decoder makes of it', () => {
  let plain = 0;
  fc.assert(
    fc.property(batch, (request) => {
      const bytes = encoded(request);
      expect(scanBatch(bytes, scan)).toBe(true);
      const decoded = RecordRequest.decode(bytes);
      expect(text(bytes, scan.environmentFrom, scan.environmentTo)).toBe(decoded.environment);
      expect(text(bytes, scan.instanceFrom, scan.instanceTo)).toBe(decoded.instanceId);
      expect([scan.sequence, scan.events]).toEqual([decoded.sequence, decoded.events.length]);
      for (const [index, each] of decoded.events.entries())
        if (scan.plain[index] === 1) {
          plain += 1;
          expect(eventAt(bytes, index)).toEqual(each);
        }
      const dropped = [];
      for (let at = 0; at < scan.dropped.length; at += 2)
        dropped.push(...bytes.subarray(scan.dropped[at], scan.dropped[at + 1]));
      expect(RecordRequest.decode(Uint8Array.from(dropped)).dropped).toEqual(decoded.dropped);
    }),
    { seed: 7, numRuns: 300 },
  );
  expect(plain).toBeGreaterThan(500);
});

it('says of damaged bytes nothing that the decoder would not', () => {
  fc.assert(
    fc.property(
      batch,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (request, harm) => {
        const bytes = encoded(request);
        for (const [at, byte] of harm) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        if (!scanBatch(bytes, scan)) return;
        for (let index = 0; index < scan.events; index += 1) {
          if (scan.plain[index] === 0) continue;
          const own = bytes.subarray(scan.from[index], scan.to[index]);
          const framed = Uint8Array.from([34, ...lengthOf(own.length), ...own]);
          if (
            scan.attributesTo[index] !== 0 &&
            !isPlainStruct(bytes, scan.attributesFrom[index]!, scan.attributesTo[index]!, 680)
          )
            continue;
          expect(eventAt(bytes, index)).toEqual(RecordRequest.decode(framed).events[0]);
        }
      },
    ),
    { seed: 8, numRuns: 500 },
  );
});

const lengthOf = (length: number): readonly number[] =>
  length < 128 ? [length] : [(length & 127) | 128, length >> 7];

it('leaves what is longer than there is room for', () => {
  const events = Array.from({ length: 3 }, () => ({ timeMs: 1, body: undefined }));
  expect(scanBatch(encoded({ events }), createScan(2))).toBe(false);
});

it.each([
  ['texts, numbers and booleans', { a: 'x', b: 1.5, c: true }, true],
  ['nothing', {}, true],
  ['a list', { a: [1] }, false],
  ['null', { a: null }, false],
  ['more than fits', { a: 'x'.repeat(700) }, false],
  ['other characters', { a: 'ü' }, false],
])('knows plain attributes: %s', (_name, members, isPlain) => {
  const bytes = Struct.encode(Struct.wrap(members)).finish();
  expect(isPlainStruct(bytes, 0, bytes.length, 680)).toBe(isPlain);
});
