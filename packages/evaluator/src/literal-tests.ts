// Conjunctions of up to three tests "the attribute is one of these literals": what most rules are made of. One function with
// a load of its own per test, instead of a chain of calls that engines cannot inline once there is more than one flag.
import type { Condition } from './attributes.ts';
import type { IndexableTest } from './expression.ts';
import type { Literal } from './operators/operator.ts';

const { hasOwn } = Object;

/** Undefined when there are other numbers of tests. */
export function allOfLiterals(tests: readonly IndexableTest[]): Condition | undefined {
  const [first, second, third] = tests;
  if (first === undefined || tests.length > 3) return undefined;
  const { attribute: a } = first;
  const isA = new Literals(first.literals);
  if (second === undefined) {
    return (user, _context, strict) => isA.has(user[a]) && (!strict || hasOwn(user, a));
  }
  const { attribute: b } = second;
  const isB = new Literals(second.literals);
  if (third === undefined) {
    return (user, _context, strict) =>
      isA.has(user[a]) && isB.has(user[b]) && (!strict || (hasOwn(user, a) && hasOwn(user, b)));
  }
  const { attribute: c } = third;
  const isC = new Literals(third.literals);
  return (user, _context, strict) =>
    isA.has(user[a]) &&
    isB.has(user[b]) &&
    isC.has(user[c]) &&
    (!strict || (hasOwn(user, a) && hasOwn(user, b) && hasOwn(user, c)));
}

/** A set of literals: up to three are compared one by one, which is faster than hashing the value. */
class Literals {
  readonly #first: Literal | undefined;
  readonly #second: Literal | undefined;
  readonly #third: Literal | undefined;
  readonly #set: ReadonlySet<unknown> | undefined;

  constructor(literals: readonly Literal[]) {
    const isShort = literals.length >= 1 && literals.length <= 3;
    // Absent ones repeat the first: comparing again with an equal value changes nothing.
    const [first, second = first, third = first] = literals;
    this.#set = isShort ? undefined : new Set(literals);
    this.#first = first;
    this.#second = second;
    this.#third = third;
  }

  /** False for undefined: no literal is. */
  has(value: unknown): boolean {
    if (this.#set !== undefined) return this.#set.has(value);
    return value === this.#first || value === this.#second || value === this.#third;
  }
}
