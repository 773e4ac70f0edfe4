// The checks that fields of all events share.
import type { Violation } from '@org/contract';

/** The years 2000 to 2200: what lies outside is no clock's error but damage. */
export const [timeMsMin, timeMsMax] = [946_684_800_000, 7_258_118_400_000];

export const violation = (field: string, rule: string, message: string): Violation => ({
  field,
  rule,
  message,
});

/** A moment as Unix milliseconds. */
export const checkTime = (timeMs: number, field: string): readonly Violation[] =>
  timeMs >= timeMsMin && timeMs <= timeMsMax
    ? []
    : [violation(field, 'unix_ms', 'Unix milliseconds between the years 2000 and 2200.')];

/** Texts of events lie in the log as protobuf: any character will do. */
export function checkLength(
  text: string,
  field: string,
  charsMax: number,
  charsMin = 0,
): readonly Violation[] {
  if (text.length < charsMin) return [violation(field, 'required', 'A value is required.')];
  return text.length > charsMax ? [violation(field, 'max_length', `At most ${charsMax} characters.`)] : [];
}
