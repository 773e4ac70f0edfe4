// What is told from the bytes alone to break no rule breaks none when it is decoded.
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkBatch, checkBatchId } from './check-batch.ts';
import { areEventsChecked, bytesOf, receiveBatch } from './received-batch.ts';

const event = (timeMs: number, value: number | undefined, user: string, attributes: object | undefined) => ({
  timeMs,
  body: { $case: 'metric' as const, value: { name: 'bought', value, units: { user }, attributes } },
});
const encoded = (events: readonly object[], sequence = 1): Uint8Array =>
  RecordRequest.encode(
    RecordRequest.fromPartial({ environment: 'e', instanceId: 'i', sequence, events: [...events] as never }),
  ).finish();

it('takes plain batches undecoded, and knows what they are', () => {
  const bytes = encoded([event(1_800_000_000_000, 2.5, 'u-1', { plan: 'free' })], 9);
  const request = receiveBatch(bytes);
  expect(areEventsChecked(request)).toBe(true);
  expect(request).toMatchObject({ environment: 'e', instanceId: 'i', sequence: 9 });
  expect(bytesOf(request)).toEqual(bytes);
});

it('finds nothing right that the checks find wrong', () => {
  const strange = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('x'.repeat(1_025), 'u-1'));
  const events = fc.array(
    fc
      .tuple(
        fc.constantFrom(0, 1_800_000_000_000, Number.NaN, 9e15),
        fc.constantFrom(1, Number.NaN, Infinity, undefined),
        strange,
        fc.constantFrom(undefined, { a: 1 }, { a: Number.NaN }, { a: 'x'.repeat(5_000) }, { a: [1] }),
      )
      .map((parts) => event(...parts)),
    { minLength: 1, maxLength: 3 },
  );
  let checked = 0;
  fc.assert(
    fc.property(events, (each) => {
      const bytes = encoded(each);
      const request = receiveBatch(bytes);
      const decoded = RecordRequest.decode(bytes);
      if (areEventsChecked(request)) {
        checked += 1;
        expect([...checkBatchId(request), ...checkBatch(decoded)]).toEqual([]);
      } else expect(request).toEqual(decoded);
    }),
    { seed: 3, numRuns: 2_000 },
  );
  expect(checked).toBeGreaterThan(10);
});
