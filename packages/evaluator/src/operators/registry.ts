// All operators. A new one is a file beside this one, its test, and a line here.
import { between } from './between.ts';
import { contains } from './contains.ts';
import { endsWith } from './ends-with.ts';
import { equals } from './equals.ts';
import { exists } from './exists.ts';
import { greater } from './greater.ts';
import { greaterOrEqual } from './greater-or-equal.ts';
import { isIn } from './in.ts';
import { less } from './less.ts';
import { lessOrEqual } from './less-or-equal.ts';
import type { Operator } from './operator.ts';
import { startsWith } from './starts-with.ts';

/** Operators by name. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  [
    between,
    contains,
    endsWith,
    equals,
    exists,
    greater,
    greaterOrEqual,
    isIn,
    less,
    lessOrEqual,
    startsWith,
  ].map((operator) => [operator.name, operator]),
);
