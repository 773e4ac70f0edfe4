// Checks what SDKs tell of guarded calls and of sampled evaluations: sketches that can be added up.
import { limits, type Violation } from '@org/contract';
import type { CallTelemetry, LatencySketch } from '@org/contract/gen/flags/v1/event_service';
import { sketchIndexMax, sketchIndexMin, unitSampleMax } from '@org/events';
import { checkLength, checkTime, violation } from './event-fields.ts';

/** Every finding. */
export const checkCalls = (calls: CallTelemetry, field: string): readonly Violation[] => [
  ...checkLength(calls.flagKey, `${field}.flag_key`, limits.keyCharsMax, 1),
  ...checkLength(calls.variant, `${field}.variant`, limits.keyCharsMax),
  ...checkLength(calls.rule, `${field}.rule`, 2 * limits.keyCharsMax),
  ...checkTime(calls.fromMs, `${field}.from_ms`),
  ...(calls.errors > calls.calls
    ? [violation(`${field}.errors`, 'max_value', 'No more than there were calls.')]
    : []),
  ...(calls.unitsWithErrors.length > unitSampleMax || !isAscending(calls.unitsWithErrors)
    ? [
        violation(
          `${field}.units_with_errors`,
          'ascending',
          `At most ${unitSampleMax} hashes, each greater than the one before.`,
        ),
      ]
    : []),
  ...(calls.latency === undefined ? [] : checkSketch(calls.latency, `${field}.latency`)),
];

/** A sketch as `@org/events` makes it. */
export function checkSketch({ indices, counts }: LatencySketch, field: string): readonly Violation[] {
  if (indices.length !== counts.length)
    return [violation(`${field}.counts`, 'same_length', 'One count for each index.')];
  const isWithin = (index: number): boolean => index >= sketchIndexMin && index <= sketchIndexMax;
  if (isAscending(indices) && indices.every(isWithin)) return [];
  const message = `From ${sketchIndexMin} to ${sketchIndexMax}, each greater than the one before.`;
  return [violation(`${field}.indices`, 'ascending', message)];
}

const isAscending = (numbers: readonly number[]): boolean =>
  numbers.every((number, at) => at === 0 || number > numbers[at - 1]!);
