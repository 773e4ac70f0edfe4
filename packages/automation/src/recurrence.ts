// The times of a recurring schedule: a cron pattern as a clock on the wall of a time zone shows it. What clock changes mean
// is decided here and not by the library: see `instantOf`. Knows no present.
import { Cron } from 'croner';
import type { Recurrence } from '@org/contract/model';
import { instantMsMax, parseInstant } from './instant.ts';
import { instantOf, isTimeZone, wallTimeOf } from './wall-clock.ts';

/** Something that makes a recurrence none. */
export interface RecurrenceProblem {
  /** The member of the recurrence. */
  readonly path: keyof Recurrence;
  readonly rule: string;
  readonly message: string;
}

const fiveFields = /^\S+( \S+){4}$/;
/** A clock that is set back shows an hour again, and a pattern has at most 60 times in it; a day is enough for any. */
const repeatedTimesMax = 24 * 60;

/** Everything that is wrong with a recurrence, or nothing. */
export function checkRecurrence(recurrence: Recurrence): readonly RecurrenceProblem[] {
  const { cron, timeZone, startsAt, endsAt } = recurrence;
  const problems: RecurrenceProblem[] = [];
  const pattern = patternOf(cron);
  if (typeof pattern === 'string') problems.push({ path: 'cron', rule: 'cron', message: pattern });
  if (!isTimeZone(timeZone)) {
    const message = 'Must be the IANA name of a time zone, e.g. "Europe/Berlin".';
    problems.push({ path: 'timeZone', rule: 'time_zone', message });
  }
  for (const [path, text] of Object.entries({ startsAt, endsAt })) {
    if (text === undefined || parseInstant(text) !== undefined) continue;
    const message = 'Must be an instant of the years 1 to 9999, by UTC.';
    problems.push({ path: path as keyof Recurrence, rule: 'instant', message });
  }
  const [start, end] = [parseInstant(startsAt), parseInstant(endsAt)];
  if (start !== undefined && end !== undefined && end <= start) {
    problems.push({ path: 'endsAt', rule: 'after_start', message: 'Must be later than "startsAt".' });
  }
  if (problems.length === 0 && nextRun(recurrence, 0) === undefined) {
    problems.push({ path: 'cron', rule: 'never', message: 'There is no such time.' });
  }
  return problems;
}

/** The first run after an instant; undefined when there is none any more, or the recurrence is none. */
export function nextRun(recurrence: Recurrence, afterMs: number): number | undefined {
  const { cron, timeZone, startsAt, endsAt } = recurrence;
  const pattern = patternOf(cron);
  if (typeof pattern === 'string' || !isTimeZone(timeZone)) return undefined;
  const fromMs = Math.max(afterMs, (parseInstant(startsAt) ?? -Infinity) - 1);
  const found = firstAfter(pattern, timeZone, fromMs);
  return found === undefined || found > (parseInstant(endsAt) ?? instantMsMax) ? undefined : found;
}

function firstAfter(pattern: Cron, timeZone: string, afterMs: number): number | undefined {
  let wall: Date | null = new Date(wallTimeOf(timeZone, afterMs));
  for (let tries = 0; tries < repeatedTimesMax; tries += 1) {
    wall = pattern.nextRun(wall);
    if (wall === null) return undefined;
    const at = instantOf(timeZone, wall.getTime());
    // The clock was set back: these times were shown before.
    if (at > afterMs) return at;
  }
  return undefined;
}

const patterns = new Map<string, Cron | string>();
const patternsMax = 1_000;

/** The pattern, with days of month and of week as cron has them (either will do); or what is wrong with it. */
function patternOf(cron: string): Cron | string {
  const known = patterns.get(cron);
  if (known !== undefined) return known;
  if (patterns.size >= patternsMax) patterns.clear();
  const made = readPattern(cron);
  patterns.set(cron, made);
  return made;
}

function readPattern(cron: string): Cron | string {
  const message =
    'Must be five fields: minute, hour, day of month, month, day of week, e.g. "0 9 * * MON-FRI"';
  if (!fiveFields.test(cron)) return `${message}.`;
  try {
    return new Cron(cron, { mode: '5-part', utcOffset: 0 });
  } catch (error) {
    return `${message}: ${error instanceof Error ? error.message : 'it cannot be read'}.`;
  }
}
