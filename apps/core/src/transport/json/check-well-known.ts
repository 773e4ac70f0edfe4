// Timestamp, Struct, ListValue and Value by the proto3 JSON mapping.
import type { Report } from './findings.ts';
import { isObject } from './findings.ts';
import { checkText } from './check-scalar.ts';

/** As deep as the binary form may nest too: each level of JSON takes several of protobuf's. */
const depthMax = 60;
const timestamp =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** RFC 3339 from year 1 to 9999, with a time zone and at most nine digits of fraction. */
export function checkTimestamp(value: unknown, path: string, report: Report): void {
  const found = typeof value === 'string' ? timestamp.exec(value) : null;
  if (found === null || !isDay(Number(found[1]), Number(found[2]), Number(found[3]))) {
    report(path, 'timestamp', 'Must be a time as RFC 3339 writes it, e.g. "2026-11-20T15:36:00Z".');
  }
}

/** A JSON object of any content. */
export function checkStruct(value: unknown, path: string, depth: number, report: Report): void {
  if (!isObject(value)) return report(path, 'type', 'Must be an object.');
  checkValue(value, path, depth, report);
}

/** A JSON array of any content. */
export function checkListValue(value: unknown, path: string, depth: number, report: Report): void {
  if (!Array.isArray(value)) return report(path, 'type', 'Must be an array.');
  checkValue(value, path, depth, report);
}

/** Any JSON that protobuf can carry: text in UTF-8, finite numbers, nested at most 60 levels deep. */
export function checkValue(value: unknown, path: string, depth: number, report: Report): void {
  if (typeof value === 'string') return checkText(value, path, report);
  if (typeof value === 'number' && !Number.isFinite(value))
    return report(path, 'range', 'Does not fit a 64-bit number.');
  if (typeof value !== 'object' || value === null) return;
  if (depth >= depthMax) return report(path, 'depth', `Nested deeper than ${depthMax} levels.`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkValue(item, `${path}[${index}]`, depth + 1, report);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    checkText(key, path, report);
    checkValue(item, `${path}.${key}`, depth + 1, report);
  }
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
