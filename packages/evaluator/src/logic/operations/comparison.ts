// ==, ===, <, <= and their kin.
import { operandsOf, walk, type Operation } from '../interpret.ts';
import { toComparable } from '../numbers.ts';
import type { Run } from '../run.ts';
import { isList, itemOf, type List, type Value } from '../values.ts';

/** `==`: texts as texts, everything else as numbers; null equals null only. */
export function equals(a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  return toComparable(a) === toComparable(b);
}

function less(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return comesBefore(a, b);
  return toComparable(a) < toComparable(b);
}

/** By code points, where JavaScript compares code units. */
function comesBefore(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left === right) continue;
    // Surrogates stand for code points beyond all others.
    const isSurrogate = [isSurrogateUnit(left), isSurrogateUnit(right)];
    return isSurrogate[0] === isSurrogate[1] ? left < right : isSurrogate[1] === true;
  }
  return a.length < b.length;
}

const isSurrogateUnit = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

const isEqual: Operation = (values, data, run) => {
  const operands = operandsOf(values, data, run);
  return operands.length >= 2 && equals(itemOf(operands, 0), itemOf(operands, 1));
};

const isIdentical: Operation = (values, data, run) => {
  const operands = walk(values, data, run);
  if (!isList(operands) || operands.length < 2) return false;
  const [a, b] = [itemOf(operands, 0), itemOf(operands, 1)];
  if (a === null || b === null) return a === b;
  return typeof a === typeof b && isList(a) === isList(b) && equals(a, b);
};

/** Two operands, or three for "between". Further ones are not looked at, and then the third is not either. */
const ordered =
  (holds: (a: Value, b: Value) => boolean): Operation =>
  (values, data, run: Run) => {
    const operands: List = operandsOf(values, data, run);
    if (operands.length < 2) return false;
    const [a, b] = [itemOf(operands, 0), itemOf(operands, 1)];
    return operands.length === 3 ? holds(a, b) && holds(b, itemOf(operands, 2)) : holds(a, b);
  };

const not =
  (operation: Operation): Operation =>
  (values, data, run) =>
    operation(values, data, run) !== true;

export const comparison: readonly (readonly [string, Operation])[] = [
  ['==', isEqual],
  ['!=', not(isEqual)],
  ['===', isIdentical],
  ['!==', not(isIdentical)],
  ['<', ordered(less)],
  ['<=', ordered((a, b) => less(a, b) || equals(a, b))],
  ['>', ordered((a, b) => less(b, a))],
  ['>=', ordered((a, b) => less(b, a) || equals(b, a))],
];
