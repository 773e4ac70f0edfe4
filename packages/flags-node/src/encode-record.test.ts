// What is encoded by hand means the same as what the generated encoder writes.
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeRecord } from './encode-record.ts';

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 100 }));
const attributes = fc.oneof(
  fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())),
  fc.dictionary(text, fc.jsonValue()),
);
const units = fc.dictionary(text, text, { maxKeys: 3 });
const event = fc.oneof(
  fc.record(
    { name: text, value: fc.double({ noNaN: true }), units, attributes, revision: fc.nat() },
    { requiredKeys: ['name', 'units', 'revision'] },
  ),
  fc.record({ flagKey: text, units }),
);
const request = fc.record({
  environment: text,
  instanceId: text,
  sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
  events: fc.array(fc.tuple(fc.double({ noNaN: true }), event), { maxLength: 30 }),
  dropped: fc.dictionary(text, fc.nat(), { maxKeys: 3 }),
});

it('writes what the generated encoder writes', () => {
  fc.assert(
    fc.property(request, ({ events, ...rest }) => {
      const message = RecordRequest.fromPartial({
        ...rest,
        events: events.map(([timeMs, value]) => ({
          timeMs,
          body: 'name' in value ? { $case: 'metric' as const, value } : { $case: 'exposure' as const, value },
        })),
      });
      const expected = RecordRequest.decode(RecordRequest.encode(message).finish());
      expect(RecordRequest.decode(encodeRecord(message))).toEqual(expected);
    }),
    { seed: 5, numRuns: 300 },
  );
});

it('makes room for batches of any size', () => {
  const events = Array.from({ length: 500 }, (_, index) => ({
    timeMs: index + 1,
    body: { $case: 'metric' as const, value: { name: 'x'.repeat(1_000 + index), units: { user: 'ü' } } },
  }));
  const message = RecordRequest.fromPartial({ sequence: 1, events });
  expect(RecordRequest.decode(encodeRecord(message))).toEqual(message);
});
