// An index over attributes for flags with many rules: per attribute value the set of rules it allows, as bits. Looking up
// a few values and intersecting the sets replaces testing rule by rule; what the index does not cover is tested then.
import type { Attributes, Condition } from './attributes.ts';
import { conjunctionOf, type CompiledExpression, type IndexableTest } from './expression.ts';
import type { Literal } from './operators/operator.ts';
import type { OutcomeRecord } from './outcome.ts';
import type { CompiledServe } from './serve.ts';
import type { Decide } from './split.ts';
import { Step } from './step.ts';

export interface CompiledRule {
  readonly when: CompiledExpression;
  readonly serve: CompiledServe;
}

/** Fewer rules are tested one by one: two look-ups cost as much as about five tests. */
const rulesMin = 6;
const columnsMax = 3;
/** Bounds the memory of one index: 1 MB of bits. */
const wordsMax = 262_144;
const { hasOwn } = Object;

/** For one attribute: which rules each of its values allows. */
interface Column {
  readonly attribute: string;
  readonly masks: ReadonlyMap<unknown, Int32Array>;
  /** For values that no rule names: the rules that do not look at the attribute. */
  readonly rest: Int32Array;
}

/** Decides rules by index, or answers undefined when that would not pay. */
export function indexRules(rules: readonly CompiledRule[]): Decide | undefined {
  if (rules.length < rulesMin) return undefined;
  const attributes = commonAttributes(rules);
  const covered = rules.filter((rule) =>
    rule.when.conjuncts.some((part) => isCovered(part.indexable, attributes)),
  );
  if (covered.length * 3 < rules.length * 2) return undefined;
  const columns = attributes.map((attribute) => buildColumn(attribute, rules));
  const words = wordCount(rules);
  if (columns.reduce((sum, column) => sum + (column.masks.size + 1) * words, 0) > wordsMax) return undefined;
  const residuals = rules.map((rule) => residualOf(rule, attributes));
  return decideByIndex(columns, rules, residuals);
}

function wordCount(rules: readonly unknown[]): number {
  return Math.ceil(rules.length / 32);
}

/** The attributes that most rules test, at most three of them. */
function commonAttributes(rules: readonly CompiledRule[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const rule of rules) {
    const names = new Set(rule.when.conjuncts.flatMap((part) => part.indexable?.attribute ?? []));
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1]).slice(0, columnsMax);
  return ranked.filter(([, count]) => count * 3 >= rules.length).map(([name]) => name);
}

function isCovered(test: IndexableTest | undefined, attributes: readonly string[]): boolean {
  return test !== undefined && attributes.includes(test.attribute);
}

function buildColumn(attribute: string, rules: readonly CompiledRule[]): Column {
  const rest = new Int32Array(wordCount(rules));
  const allowed = rules.map((rule) => allowedLiterals(rule, attribute));
  allowed.forEach((literals, rule) => literals === undefined && setBit(rest, rule));
  const masks = new Map<unknown, Int32Array>();
  allowed.forEach((literals, rule) => {
    for (const literal of literals ?? []) {
      const mask = masks.get(literal) ?? rest.slice();
      setBit(mask, rule);
      masks.set(literal, mask);
    }
  });
  return { attribute, masks, rest };
}

/** The values that all of the rule's tests of the attribute take; undefined when it has none. */
function allowedLiterals(rule: CompiledRule, attribute: string): ReadonlySet<Literal> | undefined {
  const tests = rule.when.conjuncts.flatMap((part) =>
    part.indexable?.attribute === attribute ? part.indexable : [],
  );
  const [first, ...others] = tests.map((test) => new Set(test.literals));
  if (first === undefined) return undefined;
  return new Set([...first].filter((literal) => others.every((literals) => literals.has(literal))));
}

function setBit(mask: Int32Array, bit: number): void {
  mask[bit >> 5]! |= 1 << (bit & 31);
}

/** What remains to be tested when the index allows the rule; undefined when nothing does. */
function residualOf(rule: CompiledRule, attributes: readonly string[]): Condition | undefined {
  const left = rule.when.conjuncts.filter((part) => !isCovered(part.indexable, attributes));
  return left.length === 0 ? undefined : conjunctionOf(left);
}

/** Serves a rule that the index allows; undefined when it does not apply after all. */
type ServeRule = (rule: number, ...of: Parameters<Decide>) => OutcomeRecord | undefined;

function decideByIndex(
  columns: readonly Column[],
  rules: readonly CompiledRule[],
  residuals: readonly (Condition | undefined)[],
): Decide {
  const serves = rules.map((rule) => new Step(rule.serve));
  const serve: ServeRule = (rule, user, context, strict) => {
    const residual = residuals[rule];
    if (residual !== undefined && !residual(user, context, strict)) return undefined;
    return serves[rule]!.serve(user, context, strict);
  };
  return rules.length <= 32 ? decideFew(columns, serve) : decideMany(columns, wordCount(rules), serve);
}

/** As `Column`, for up to 32 rules: the bits themselves in place of arrays, which saves the loads that lead to an element. */
interface ShortColumn {
  readonly attribute: string;
  readonly masks: ReadonlyMap<unknown, number>;
  readonly rest: number;
}

function decideFew(columns: readonly Column[], serve: ServeRule): Decide {
  const [first, second, third] = columns.map(({ attribute, masks, rest }): ShortColumn => {
    const short = new Map([...masks].map(([value, mask]) => [value, mask[0]!]));
    return { attribute, masks: short, rest: rest[0]! };
  });
  return (user, context, strict) => {
    let bits = bitsFor(first!, user, strict);
    if (second !== undefined) bits &= bitsFor(second, user, strict);
    if (third !== undefined) bits &= bitsFor(third, user, strict);
    for (; bits !== 0; bits &= bits - 1) {
      const outcome = serve(31 - Math.clz32(bits & -bits), user, context, strict);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  };
}

const bitsFor = ({ attribute, masks, rest }: ShortColumn, user: Attributes, strict: boolean): number => {
  const bits = masks.get(user[attribute]);
  return bits === undefined || (strict && !hasOwn(user, attribute)) ? rest : bits;
};

function decideMany(columns: readonly Column[], words: number, serve: ServeRule): Decide {
  const all: Column = { attribute: '', masks: new Map(), rest: new Int32Array(words).fill(-1) };
  const [first, second = all, third = all] = columns;
  return (user, context, strict) => {
    // Kept in variables, not in a shared buffer: reading an attribute may run code that evaluates this very flag.
    const a = maskFor(first!, user, strict);
    const b = maskFor(second, user, strict);
    const c = maskFor(third, user, strict);
    for (let word = 0; word < words; word++) {
      for (let bits = a[word]! & b[word]! & c[word]!; bits !== 0; bits &= bits - 1) {
        const rule = word * 32 + 31 - Math.clz32(bits & -bits);
        const outcome = serve(rule, user, context, strict);
        if (outcome !== undefined) return outcome;
      }
    }
    return undefined;
  };
}

function maskFor({ attribute, masks, rest }: Column, user: Attributes, strict: boolean): Int32Array {
  if (masks.size === 0) return rest;
  const mask = masks.get(user[attribute]);
  return mask === undefined || (strict && !hasOwn(user, attribute)) ? rest : mask;
}
