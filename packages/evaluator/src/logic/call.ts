// An operator with its operands, as prepared trees hold it: looked up once, not at every evaluation. To the operators that
// look into trees it is the object with one member that it was.
import type { Operation } from './interpret.ts';

/** A node of a prepared tree. */
export class Call {
  readonly name: string;
  readonly operation: Operation;
  readonly values: unknown;

  constructor(name: string, operation: Operation, values: unknown) {
    this.name = name;
    this.operation = operation;
    this.values = values;
  }
}

const constants = new WeakSet();

/** Marks a list of a prepared tree that holds nothing to be evaluated. */
export function markConstant<T extends readonly unknown[]>(list: T): T {
  constants.add(list);
  return list;
}

/** True for a list that is its own value. */
export const isConstant = (list: readonly unknown[]): boolean => constants.has(list);
