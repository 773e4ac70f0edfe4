// if, and, or, !, !!: what decides by the truth of its operands and looks at no more of them than it must.
import { apply, walk, type Operation } from '../interpret.ts';
import { fail, type Run } from '../run.ts';
import { isList, isMembers, isTrue, itemOf, type Value } from '../values.ts';

const until =
  (isLast: (value: Value) => boolean): Operation =>
  (values, data, run) => {
    if (!isList(values)) return fail();
    let last: Value = null;
    for (let i = 0; i < values.length; i++) {
      last = walk(itemOf(values, i), data, run);
      if (isLast(last)) break;
    }
    return last;
  };

const choose: Operation = (values, data, run) => {
  if (!isList(values)) return fail();
  for (let i = 0; i < values.length - 1; i += 2) {
    if (isTrue(walk(itemOf(values, i), data, run))) return resultOf(itemOf(values, i + 1), data, run);
  }
  return values.length % 2 === 1 ? resultOf(itemOf(values, values.length - 1), data, run) : null;
};

/** A result that is an object is walked again: it may be logic out of the context. */
function resultOf(node: Value, data: Value, run: Run): Value {
  const value = walk(node, data, run);
  return isMembers(value) ? apply(value, data, run) : value;
}

const isFalse: Operation = (values, data, run) => {
  const operand = walk(values, data, run);
  return !isTrue(isList(operand) && operand.length > 0 ? itemOf(operand, 0) : operand);
};

export const choice: readonly (readonly [string, Operation])[] = [
  ['and', until((value) => !isTrue(value))],
  ['or', until(isTrue)],
  ['if', choose],
  ['?:', choose],
  ['!', isFalse],
  ['!!', (values, data, run) => isFalse(values, data, run) !== true],
];
