// Numbers as flagd's engine reads and writes them: Go's strconv. Differs from JavaScript in spaces, underscores,
// hexadecimal fractions, names of infinity, and in never writing exponents.
import { fail } from './run.ts';
import type { Value } from './values.ts';

/** What a text is as a number. `isExact` is false beyond the largest number; undefined: the text is no number. */
interface ParsedNumber {
  readonly value: number;
  readonly isInRange: boolean;
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const hexadecimal = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?p([+-]?\d+)$/i;
const special = /^(?:[+-]?inf(?:inity)?|nan)$/i;

function parseNumber(text: string): ParsedNumber | undefined {
  const digits = text.includes('_') ? withoutUnderscores(text) : text;
  if (digits === undefined) return undefined;
  if (decimal.test(digits)) return parsed(Number(digits));
  const parts = hexadecimal.exec(digits);
  if (parts !== null) return parseHexadecimal(parts);
  if (!special.test(text)) return undefined;
  if (/nan/i.test(text)) return { value: Number.NaN, isInRange: true };
  return { value: text.startsWith('-') ? -Infinity : Infinity, isInRange: true };
}

const parsed = (value: number): ParsedNumber => ({ value, isInRange: Number.isFinite(value) });

/** Underscores stand between digits, or between the prefix and a digit; undefined where they do not. */
function withoutUnderscores(text: string): string | undefined {
  const digit = /^[+-]?0x/i.test(text) ? '[\\da-fx]' : '\\d';
  const misplaced = digit === '\\d' ? /(?:^|\D)_|_(?:\D|$)/ : /(?:^|[^\da-fx])_|_(?:[^\da-f]|$)/i;
  return misplaced.test(text) ? undefined : text.replaceAll('_', '');
}

function parseHexadecimal([, sign, whole = '', fraction = '', exponent]: RegExpExecArray):
  ParsedNumber | undefined {
  const digits = whole + fraction;
  if (digits === '') return undefined;
  // Far more digits than a number holds; further ones change nothing that could be told.
  const kept = digits.slice(0, 300);
  const power = Number(exponent) + 4 * (digits.length - kept.length - fraction.length);
  const magnitude = scale(Number(BigInt(`0x${kept}`)), power);
  return parsed(sign === '-' ? -magnitude : magnitude);
}

/** `value * 2^power`, in steps that do not overflow on the way. */
function scale(value: number, power: number): number {
  let result = value;
  let left = Math.max(-4_000, Math.min(4_000, power));
  while (left !== 0 && result !== 0 && Number.isFinite(result)) {
    const step = Math.max(-1_000, Math.min(1_000, left));
    result *= 2 ** step;
    left -= step;
  }
  return result;
}

/** For arithmetic: texts that are no number are 0; anything but texts and numbers ends the evaluation. */
export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? (parseNumber(value)?.value ?? 0) : fail();
}

/** For comparisons: nearly JavaScript's conversion. Lists and objects are not a number, ever. */
export function toComparable(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return Number.NaN;
  if (trim(value) === '') return 0;
  const number = parseNumber(value);
  return number?.isInRange === true ? number.value : Number.NaN;
}

/** The number in decimals, never with an exponent. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const at = text.indexOf('e');
  return at < 0 ? text : expand(text.slice(0, at), Number(text.slice(at + 1)));
}

function expand(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.');
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

/** For `cat` and `substr`: null is the empty text; booleans, lists and objects end the evaluation. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatNumber(value);
  return value === null ? '' : fail();
}

const integerLimit = 2 ** 63;

/** A number as an integer of 64 bits; the smallest one where it is none. */
export function toInteger(value: number): number {
  return Math.abs(value) < integerLimit ? Math.trunc(value) : -integerLimit;
}

/** Go's white space: as Unicode has it, so not JavaScript's byte order mark, but the next-line character. */
const edges = /^[\s\u0085]+|[\s\u0085]+$/g;

/** The text without white space at its ends. */
export function trim(text: string): string {
  if (!text.includes('\ufeff')) return text.replace(edges, '');
  const isSpace = (unit: string | undefined): boolean =>
    unit !== undefined && unit !== '\ufeff' && /[\s\u0085]/.test(unit);
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.slice(start, end);
}
