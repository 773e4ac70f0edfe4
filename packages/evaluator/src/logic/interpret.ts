// Walks a logic tree as flagd's engine does (github.com/diegoholiveira/jsonlogic v3.9.1). It interprets and does not
// compile, because in that engine a tree changes while it is walked: `some`, `none`, `all` and `filter` put values of the
// context into it, and what `if` answers is walked once more.
import { Call, isConstant } from './call.ts';
import { NativeCondition } from './native-condition.ts';
import { operations } from './operations/registry.ts';
import { fail, type Run } from './run.ts';
import { clean, isList, isMembers, itemOf, memberOf, namesOf, type Value } from './values.ts';

/** An operator. `values` are its operands as they stand; `data` is what `var` reads. */
export type Operation = (values: Value, data: Value, run: Run) => Value;

/** The value of a node: operators applied, lists element by element, everything else as it is. */
export function walk(node: Value, data: Value, run: Run): Value {
  if (typeof node !== 'object' || node === null) return node;
  if (!isList(node)) return apply(node, data, run);
  run.charge(node.length);
  if (node.length === 0 || isConstant(node)) return node;
  const values: Value[] = [];
  for (let i = 0; i < node.length; i++) values.push(walk(clean(node[i]), data, run));
  return values;
}

/** An object with one member is an operator; with several it is a value, and so is one without any. */
export function apply(node: Value, data: Value, run: Run): Value {
  if (node instanceof Call) return perform(node.operation, node.values, data, run);
  if (node instanceof NativeCondition) return node.holds(run);
  if (!isMembers(node)) return fail();
  const names = namesOf(node);
  const [name] = names;
  if (name === undefined || names.length > 1) return node;
  const operation = operations.get(name);
  return operation === undefined ? fail() : perform(operation, memberOf(node, name), data, run);
}

function perform(operation: Operation, values: Value, data: Value, run: Run): Value {
  run.enter();
  const value = operation(values, data, run);
  run.leave();
  return value;
}

/** The operands as a list, each with its value. */
export function operandsOf(values: Value, data: Value, run: Run): readonly Value[] {
  const operands = walk(values, data, run);
  return isList(operands) ? operands : fail();
}

/** An element that must be there. */
export function required(list: readonly Value[], index: number): Value {
  return index < list.length ? itemOf(list, index) : fail();
}
