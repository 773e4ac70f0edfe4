// Clocks on the wall: what they show at an instant, and when they show it. A wall time is written as the Unix milliseconds
// at which UTC shows the same digits. Knows time zones by Intl; knows no present.

const formats = new Map<string, Intl.DateTimeFormat>();
/** Zones are few; names come from documents. */
const formatsMax = 100;
const dayMs = 86_400_000;

/** Whether there is such a time zone. */
export function isTimeZone(timeZone: string): boolean {
  // Offsets ("+01:00") are no zones: they know no daylight saving, and one means a zone.
  if (/^[+-]/.test(timeZone)) return false;
  try {
    return formatOf(timeZone) !== undefined;
  } catch {
    return false;
  }
}

/** What the zone's clock shows at an instant. @throws RangeError when there is no such zone */
export const wallTimeOf = (timeZone: string, unixMs: number): number => unixMs + offsetAt(timeZone, unixMs);

/**
 * When the zone's clock first shows a time. A time that it skips is when it skips: clocks that go from 02:00 to 03:00 show
 * 02:30 at that moment. A time that it shows twice is the first of the two.
 */
export function instantOf(timeZone: string, wallMs: number): number {
  const [before, after] = [offsetAt(timeZone, wallMs - dayMs), offsetAt(timeZone, wallMs + dayMs)];
  const shown = [wallMs - before, wallMs - after].filter((at) => wallTimeOf(timeZone, at) === wallMs);
  if (shown.length > 0) return Math.min(...shown);
  return changeBetween(timeZone, wallMs - Math.max(before, after), wallMs - Math.min(before, after));
}

/** The first instant after `low`, at most `high`, at which the offset is that of `high`. */
function changeBetween(timeZone: string, low: number, high: number): number {
  const offset = offsetAt(timeZone, high);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timeZone, middle) === offset) high = middle;
    else low = middle;
  }
  return high;
}

function offsetAt(timeZone: string, unixMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(unixMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(unixMs / 1000) * 1000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = 'numeric';
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', hourCycle: 'h23' },
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
  });
  if (formats.size >= formatsMax) formats.clear();
  formats.set(timeZone, format);
  return format;
}
