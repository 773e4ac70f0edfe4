// cat, substr, starts_with, ends_with. Texts are counted in code points, and what `cat` makes of several is trimmed.
import { operandsOf, required, walk, type Operation } from '../interpret.ts';
import { formatNumber, toInteger, toNumber, toText, trim } from '../numbers.ts';
import { fail, type Run } from '../run.ts';
import { isList, itemOf, type Value } from '../values.ts';

const concatenate: Operation = (values, data, run) => {
  const operand = walk(values, data, run);
  if (typeof operand === 'string') return operand;
  if (!isList(operand)) return fail();
  if (operand.length === 1) return toText(operand[0]);
  let text = '';
  for (let i = 0; i < operand.length; i++) {
    text += toText(itemOf(operand, i));
    // Step by step: a text that is doubled again and again must end before it fills the memory.
    run.chargeText(text);
  }
  return trim(text);
};

const substring: Operation = (values, data, run) => {
  const operands = operandsOf(values, data, run);
  const text = toText(required(operands, 0));
  run.chargeText(text);
  const points = Array.from(text);
  let from = toInteger(toNumber(required(operands, 1)));
  if (from < 0) from += points.length;
  if (from < 0 || from > points.length) return text;
  const length = operands.length === 3 ? toInteger(toNumber(operands[2])) : points.length;
  const to = length < 0 ? points.length + length : Math.min(from + length, points.length);
  return to < from ? fail() : points.slice(from, to).join('');
};

/** Two texts; anything else answers null. */
const affix =
  (holds: (text: string, part: string) => boolean): Operation =>
  (values, data, run) => {
    const operands = walk(values, data, run);
    if (!isList(operands) || operands.length !== 2) return null;
    const [text, part]: readonly Value[] = operands;
    if (typeof text !== 'string' || typeof part !== 'string') return null;
    run.chargeText(part);
    return holds(text, part);
  };

/** A search with this many comparisons at worst is left to the engine. */
const comparisonsMax = 1_000_000;

/** Whether the text contains the other: in linear time, as contexts may hold any two texts. */
export function containsText(text: string, part: string, run: Run): boolean {
  run.chargeText(text);
  run.chargeText(part);
  if (part.length > text.length) return false;
  if (part.length * text.length <= comparisonsMax) return text.includes(part);
  return containsLong(text, part);
}

/** Knuth, Morris and Pratt, "Fast pattern matching in strings" (1977). */
function containsLong(text: string, part: string): boolean {
  const borders = new Int32Array(part.length);
  for (let i = 1, k = 0; i < part.length; i++) {
    while (k > 0 && part.charCodeAt(i) !== part.charCodeAt(k)) k = borders[k - 1]!;
    if (part.charCodeAt(i) === part.charCodeAt(k)) k++;
    borders[i] = k;
  }
  for (let i = 0, k = 0; i < text.length; i++) {
    while (k > 0 && text.charCodeAt(i) !== part.charCodeAt(k)) k = borders[k - 1]!;
    if (text.charCodeAt(i) === part.charCodeAt(k)) k++;
    if (k === part.length) return true;
  }
  return false;
}

export const text: readonly (readonly [string, Operation])[] = [
  ['cat', concatenate],
  ['substr', substring],
  ['starts_with', affix((value, part) => value.startsWith(part))],
  ['ends_with', affix((value, part) => value.endsWith(part))],
];

/** A value as Go prints it where a version is expected. Undefined for what prints as none; numbers have exponents from a million on. */
export function printed(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Math.abs(value) < 1e6 ? formatNumber(value) : undefined;
}
