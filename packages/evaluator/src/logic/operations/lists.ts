// map, filter, reduce, all, none, some, merge, in, contains_*: what goes through lists, step by step of a budget.
import { apply, operandsOf, required, walk, type Operation } from '../interpret.ts';
import { toNumber, toText } from '../numbers.ts';
import { fail, type Run } from '../run.ts';
import { isList, isMembers, isTrue, itemOf, type List, type Value } from '../values.ts';
import { solveVariables } from './data.ts';
import { containsText } from './text.ts';

/** The list that is gone through: a list as it stands, its elements not looked at, or what an operator answers; else null. */
function subjectOf(operands: List, data: Value, run: Run): Value {
  const subject = required(operands, 0);
  if (isList(subject)) return subject;
  return isMembers(subject) ? apply(subject, data, run) : null;
}

const listOrFail = (value: Value, run: Run): List => {
  if (!isList(value)) return fail();
  run.charge(value.length);
  return value;
};

const map: Operation = (values, data, run) => {
  if (!isList(values)) return fail();
  const subject = values.length < 2 ? null : subjectOf(values, data, run);
  if (subject === null) return [];
  const logic = itemOf(values, 1);
  const list = listOrFail(subject, run);
  const result: Value[] = [];
  for (let i = 0; i < list.length; i++) result.push(walk(logic, itemOf(list, i), run));
  return result;
};

const filter: Operation = (values, data, run) => {
  if (!isList(values)) return fail();
  const subject = values.length < 2 ? null : subjectOf(values, data, run);
  if (subject === null) return [];
  const list = listOrFail(subject, run);
  const logic = solveVariables(itemOf(values, 1), data, run);
  const result: Value[] = [];
  for (let i = 0; i < list.length; i++) {
    const item = itemOf(list, i);
    if (isTrue(walk(logic, item, run))) result.push(item);
  }
  return result;
};

const reduce: Operation = (values, data, run) => {
  if (!isList(values)) return fail();
  if (values.length < 3) return 0;
  const given = itemOf(values, 2);
  const initial = isMembers(given) ? apply(given, data, run) : given;
  const valueType = typeof initial;
  if (valueType !== 'boolean' && valueType !== 'number' && valueType !== 'string') return fail();
  const convert = conversions[valueType];
  const subject = subjectOf(values, data, run);
  if (subject === null) return 0;
  const list = listOrFail(subject, run);
  let accumulator = initial;
  for (let i = 0; i < list.length; i++) {
    const current = itemOf(list, i);
    if (current === null) continue;
    const step = { current, accumulator, valueType: valueType === 'boolean' ? 'bool' : valueType };
    accumulator = convert(apply(itemOf(values, 1), step, run));
  }
  return accumulator;
};

/** The accumulator keeps the type of the initial value. */
const conversions = { boolean: isTrue, number: toNumber, string: toText } as const;

interface Quantifier {
  readonly whenEmpty: boolean;
  /** What an element must answer to decide. */
  readonly stopsAt: boolean;
  readonly whenStopped: boolean;
  /** The condition with variables put in: of each element for `all`, of the data for `none`, of both for `some`. */
  readonly solve: (condition: Value, data: Value, item: Value, run: Run) => Value;
}

const quantifier =
  ({ whenEmpty, stopsAt, whenStopped, solve }: Quantifier): Operation =>
  (values, data, run) => {
    if (!isList(values)) return fail();
    const subject = subjectOf(values, data, run);
    if (!isTrue(subject)) return whenEmpty;
    const list = listOrFail(subject, run);
    const condition = required(values, 1);
    for (let i = 0; i < list.length; i++) {
      const item = itemOf(list, i);
      if (isTrue(apply(solve(condition, data, item, run), item, run)) === stopsAt) return whenStopped;
    }
    return !whenStopped;
  };

const all = quantifier({
  ...{ whenEmpty: false, stopsAt: false, whenStopped: false },
  solve: (condition, _data, item, run) => solveVariables(condition, item, run),
});
const none = quantifier({
  ...{ whenEmpty: true, stopsAt: true, whenStopped: false },
  solve: (condition, data, _item, run) => solveVariables(condition, data, run),
});
const some = quantifier({
  ...{ whenEmpty: false, stopsAt: true, whenStopped: true },
  solve: (condition, data, item, run) => solveVariables(solveVariables(condition, data, run), item, run),
});

const merge: Operation = (values, data, run) => {
  const operand = walk(values, data, run);
  if (operand !== null && typeof operand !== 'object') return [operand];
  const list = listOrFail(operand, run);
  const result: Value[] = [];
  for (let i = 0; i < list.length; i++) {
    const item = itemOf(list, i);
    if (!isList(item)) result.push(item);
    else for (const inner of listOrFail(item, run)) result.push(inner);
  }
  return result;
};

const isIn: Operation = (values, data, run) => {
  const operands = operandsOf(values, data, run);
  const a = required(operands, 0);
  const b = itemOf(operands, 1);
  if (typeof b === 'string') return typeof a === 'string' ? containsText(b, a, run) : fail();
  if (!isList(b)) return false;
  run.charge(b.length);
  for (let i = 0; i < b.length; i++) if (isElement(a, itemOf(b, i))) return true;
  return false;
};

/** An element that is a list is a range of numbers. Numbers find themselves in texts, too; nothing else is converted. */
function isElement(a: Value, element: Value): boolean {
  if (isList(element)) {
    const [low, high] = [required(element, 0), required(element, 1)];
    const number = toNumber(a);
    return number >= toNumber(low) && toNumber(high) >= number;
  }
  if (typeof a === 'number') return toNumber(element) === a;
  return isSame(element, a);
}

/** Go's equality of two values: two lists, or two objects, cannot be compared. */
function isSame(a: Value, b: Value): boolean {
  if ((isList(a) && isList(b)) || (isMembers(a) && isMembers(b))) return fail();
  return a === b;
}

const contains =
  (whenOther: boolean, holds: (found: (item: Value) => boolean, wanted: List) => boolean): Operation =>
  (values, data, run) => {
    const operands = walk(values, data, run);
    if (!isList(operands) || operands.length !== 2) return whenOther;
    const [searched, wanted] = [itemOf(operands, 0), itemOf(operands, 1)];
    if (!isList(searched) || !isList(wanted)) return whenOther;
    const found = (item: Value): boolean => {
      run.charge(searched.length);
      return searched.some((_, index) => isSame(itemOf(searched, index), item));
    };
    return holds(
      found,
      wanted.map((_, index) => itemOf(wanted, index)),
    );
  };

export const lists: readonly (readonly [string, Operation])[] = [
  ['map', map],
  ['filter', filter],
  ['reduce', reduce],
  ['all', all],
  ['none', none],
  ['some', some],
  ['merge', merge],
  ['in', isIn],
  ['contains_all', contains(false, (found, wanted) => wanted.every(found))],
  ['contains_any', contains(false, (found, wanted) => wanted.some(found))],
  ['contains_none', contains(true, (found, wanted) => !wanted.some(found))],
];
