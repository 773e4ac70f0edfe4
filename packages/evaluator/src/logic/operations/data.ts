// var, missing, missing_some, set: what reads the context, or the element that a list operator looks at.
import { operandsOf, required, walk, type Operation } from '../interpret.ts';
import { formatNumber, toInteger, toNumber } from '../numbers.ts';
import { fail, type Run } from '../run.ts';
import { isList, isMembers, itemOf, memberOf, namesOf, type List, type Value } from '../values.ts';

/** The value that `var` names in the data. */
export const readVariable: Operation = (values, data, run) => {
  const operand = walk(values, data, run);
  if (operand === null) return typeof data === 'object' ? null : data;
  if (operand === '') return wholeOf(data, run);
  if (!isList(operand)) return data === null ? null : readPath(nameOf(operand), data, null, run);
  if (operand.length === 0) return wholeOf(data, run);
  const [name, fallback] = [itemOf(operand, 0), operand.length === 2 ? itemOf(operand, 1) : null];
  return typeof name === 'string' ? readPath(name, data, fallback, run) : fail();
};

/** The data, with what flagd puts into the context. */
const wholeOf = (data: Value, run: Run): Value => (data === run.context ? run.wholeContext() : data);

function nameOf(operand: Value): string {
  if (typeof operand === 'number') return formatNumber(operand);
  return typeof operand === 'string' ? operand : fail();
}

/** Empty steps are passed over. Into lists a step leads by its number, which is 0 for what is none. */
function readPath(path: string, data: Value, fallback: Value, run: Run): Value {
  if (data === null) return fallback;
  run.chargeText(path);
  // The commonest paths have one step, and lead into an object.
  if (path !== '$flagd' && path !== '' && !path.includes('.') && isMembers(data)) {
    const value = memberOf(data, path);
    return value === null ? fallback : value;
  }
  let value: Value = data;
  for (const step of path.split('.')) {
    if (step === '') continue;
    if (value === run.context && step === '$flagd') value = run.injected;
    else if (isMembers(value)) value = memberOf(value, step);
    else if (isList(value)) value = elementAt(value, toInteger(toNumber(step)));
    else return fallback;
    if (value === null) return fallback;
  }
  return wholeOf(value, run);
}

const elementAt = (list: List, index: number): Value => (index < 0 ? null : itemOf(list, index));

const missing: Operation = (values, data, run) => {
  const operand = walk(values, data, run);
  const names = typeof operand === 'string' ? [operand] : operand;
  return isList(names) ? missingOf(names, data, run) : fail();
};

function missingOf(names: List, data: Value, run: Run): readonly Value[] {
  run.charge(names.length);
  const absent: Value[] = [];
  for (let i = 0; i < names.length; i++) {
    const name = itemOf(names, i);
    if (readVariable(name, data, run) === null) absent.push(name);
  }
  return absent;
}

const missingSome: Operation = (values, data, run) => {
  const operands = operandsOf(values, data, run);
  const needed = toInteger(toNumber(required(operands, 0)));
  const names = required(operands, 1);
  if (!isList(names)) return fail();
  const absent = missingOf(names, data, run);
  return needed > names.length - absent.length ? absent : [];
};

const setMember: Operation = (values, data, run) => {
  const operands = operandsOf(values, data, run);
  const object = itemOf(operands, 0);
  if (operands.length < 3 || !isMembers(object)) return object;
  const name = itemOf(operands, 1);
  if (typeof name !== 'string') return fail();
  const names = namesOf(object);
  run.charge(names.length);
  // Without a prototype, so that a member named __proto__ is a member.
  const copy = Object.create(null) as Record<string, Value>;
  for (const one of names) copy[one] = memberOf(object, one);
  copy[name] = walk(itemOf(operands, 2), data, run);
  return copy;
};

/** The tree with the variables in it replaced by their values, where they have one. */
export function solveVariables(node: Value, data: Value, run: Run): Value {
  if (isList(node)) {
    run.charge(node.length);
    return node.map((_, index) => solveVariables(itemOf(node, index), data, run));
  }
  if (!isMembers(node) || !isPlain(node)) return node;
  run.enter();
  const solved = Object.create(null) as Record<string, Value>;
  for (const name of namesOf(node)) {
    const value = memberOf(node, name);
    if (name !== 'var') solved[name] = solveVariables(value, data, run);
    else {
      const read = isOfElement(value) ? null : readVariable(value, data, run);
      if (read !== null) {
        run.leave();
        return read;
      }
      solved[name] = value;
    }
  }
  run.leave();
  return solved;
}

/** The element itself is meant, whatever the data outside. */
const isOfElement = (name: Value): boolean =>
  typeof name === 'string' && (name === '' || name.startsWith('.'));

/** Conditions of our own have no members to look into. */
const isPlain = (node: object): boolean => namesOf(node as Record<string, unknown>).length > 0;

export const data: readonly (readonly [string, Operation])[] = [
  ['var', readVariable],
  ['missing', missing],
  ['missing_some', missingSome],
  ['set', setMember],
];
