// All operators. A new one is a file beside this one, its test, and a line here.
import { after } from './after.ts';
import { before } from './before.ts';
import { between } from './between.ts';
import { contains } from './contains.ts';
import { containsAll } from './contains-all.ts';
import { containsAny } from './contains-any.ts';
import { endsWith } from './ends-with.ts';
import { equals } from './equals.ts';
import { exists } from './exists.ts';
import { greater } from './greater.ts';
import { greaterOrEqual } from './greater-or-equal.ts';
import { isIn } from './in.ts';
import { ipInRange } from './ip-in-range.ts';
import { less } from './less.ts';
import { lessOrEqual } from './less-or-equal.ts';
import { matches } from './matches.ts';
import { modulo } from './modulo.ts';
import { notExists } from './not-exists.ts';
import { negationOf, type Operator } from './operator.ts';
import { percentage } from './percentage.ts';
import { semverEquals } from './semver-equals.ts';
import { semverGreater } from './semver-greater.ts';
import { semverGreaterOrEqual } from './semver-greater-or-equal.ts';
import { semverInRange } from './semver-in-range.ts';
import { semverLess } from './semver-less.ts';
import { semverLessOrEqual } from './semver-less-or-equal.ts';
import { startsWith } from './starts-with.ts';

const defined: readonly Operator[] = [
  ...[equals, isIn, exists, notExists],
  ...[greater, greaterOrEqual, less, lessOrEqual, between, modulo],
  ...[contains, startsWith, endsWith, matches],
  ...[before, after],
  ...[semverEquals, semverGreater, semverGreaterOrEqual, semverLess, semverLessOrEqual, semverInRange],
  ...[ipInRange, containsAny, containsAll, percentage],
];

/** Operators by name, negations included. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  defined
    .flatMap((operator) => (operator.isNegatable ? [operator, negationOf(operator)] : [operator]))
    .map((operator) => [operator.name, operator]),
);
