// Turns a flag's `targeting` into ordered rules. All or nothing: rules in order mean something else when one is missing.
import type { Expression, Rule, Serve } from '@org/contract/model';
import { allOf, always, fits, not } from './expressions.ts';
import { inlineFragments } from './fragments.ts';
import { readNode } from './json-logic.ts';
import { below, depthMax, inexact, leaveOut, type Scope } from './scope.ts';
import { translateCondition } from './translate-condition.ts';
import { translateFractional } from './translate-fractional.ts';
import { withoutUnitGuard } from './unit-guard.ts';
import { variantName } from './variant-name.ts';

interface Branch {
  readonly when: readonly Expression[];
  readonly serve: Serve;
}

/** Branches in order, and whether one of them always applies; where none does, flagd serves the default. */
interface Branches {
  readonly list: readonly Branch[];
  readonly decides: boolean;
}

/** The rules; undefined when any part of the targeting could not be taken (reported). */
export function translateTargeting(targeting: unknown, scope: Scope): readonly Rule[] | undefined {
  const branches = translateResult(inlineFragments(targeting, scope.fragments), scope);
  if (branches === undefined) return undefined;
  const rules = branches.list.map(({ when, serve }, index) => ({
    id: `flagd-${index + 1}`,
    when: allOf(when),
    serve,
  }));
  if (!rules.every(({ when }) => fits(when)))
    return leaveOut(scope, 'nested deeper, or larger, than an expression may be');
  return rules;
}

/** Translates a node where its value is the variant to serve. */
function translateResult(value: unknown, scope: Scope): Branches | undefined {
  if (scope.depth > depthMax) return leaveOut(scope, `nested deeper than ${depthMax} levels`);
  const node = readNode(value);
  if (node.type === 'literal') return node.value === null ? nothing : serveVariant(node.value, scope);
  if (node.type !== 'call') return leaveOut(scope, 'not a JSONLogic result');
  const inner = below(scope, node.operator);
  if (node.operator === 'if' || node.operator === '?:') return translateChoice(node.operands, inner);
  if (node.operator === 'fractional') return serveSplit(node.operands, inner);
  if (node.operator === '$ref') return translateFragment(node.operands[0], inner);
  if (truthValued.has(node.operator)) return serveTruth(value, scope);
  return leaveOut(scope, `the operator "${node.operator}" has no counterpart where a variant is expected`);
}

const nothing: Branches = { list: [], decides: false };

/** Operators that answer with true or false, which name variants. */
const truthValued = new Set(['==', '===', '!=', '!==', '<', '<=', '>', '>=', 'in', '!', '!!', 'not']);

function serveVariant(value: string | number | boolean, scope: Scope): Branches | undefined {
  const variant = variantName(value, scope);
  return variant === undefined ? undefined : { list: [{ when: [], serve: { variant } }], decides: true };
}

function serveSplit(operands: readonly unknown[], scope: Scope): Branches | undefined {
  const split = translateFractional(operands, scope);
  if (split === undefined) return undefined;
  // A missing unit passes the rule over, which ends at the default as in flagd.
  return split === null ? nothing : { list: [{ when: [], serve: { split } }], decides: false };
}

function serveTruth(condition: unknown, scope: Scope): Branches | undefined {
  const when = translateCondition(condition, scope);
  const [yes, no] = [variantName('true', scope), variantName('false', scope)];
  if (when === undefined || yes === undefined || no === undefined) return undefined;
  const list = [
    { when: [when], serve: { variant: yes } },
    { when: [], serve: { variant: no } },
  ];
  return { list, decides: true };
}

/** A fragment that has a truth value, standing where a variant is expected: read as if it stood here. */
function translateFragment(name: unknown, scope: Scope): Branches | undefined {
  if (typeof name !== 'string' || !scope.fragments.segments.has(name)) {
    return leaveOut(scope, `${JSON.stringify(name)} is no fragment of $evaluators, or one inside another`);
  }
  scope.fragments.inlined.add(name);
  return translateResult(scope.fragments.byName.get(name), { ...scope, path: `$evaluators.${name}` });
}

function translateChoice(operands: readonly unknown[], scope: Scope): Branches | undefined {
  const list: Branch[] = [];
  const guards: Expression[] = [];
  let complete = true;
  for (let index = 0; index < operands.length; index += 2) {
    const last = index + 1 >= operands.length;
    const at = last ? index : index + 1;
    const guarded = last ? undefined : withoutUnitGuard(operands[index], operands[at]);
    const asked = guarded === undefined ? operands[index] : guarded.condition;
    const condition = last ? always : translateCondition(asked, below(scope, index));
    const result = translateResult(operands[at], guarded ? withUnit(below(scope, at)) : below(scope, at));
    if (condition === undefined || result === undefined) {
      complete = false;
      continue;
    }
    if (isNever(condition)) continue;
    list.push(...result.list.map(({ when, serve }) => branch([...guards, condition, ...when], serve)));
    // Where the condition asks for the unit, contexts without one go on to the following branches, as with us.
    if (guarded !== undefined) continue;
    if (isAlways(condition))
      return complete ? { list, decides: result.decides && guards.length === 0 } : undefined;
    // Contexts that met the condition and were served nothing get the default, and none of the following branches.
    if (!result.decides) guards.push(not(condition));
  }
  return complete ? { list, decides: false } : undefined;
}

/** What differs for contexts without the unit does not matter where there are none. */
const withUnit = (scope: Scope): Scope => ({
  ...scope,
  report: (finding) => {
    if (finding.effect === 'left-out' || finding.message === inexact) scope.report(finding);
  },
});

const branch = (when: readonly Expression[], serve: Serve): Branch => ({
  when: when.filter((one) => !isAlways(one)),
  serve,
});

const isAlways = (expression: Expression): boolean => isEmpty(expression, 'and');
const isNever = (expression: Expression): boolean => isEmpty(expression, 'or');

function isEmpty(expression: Expression, op: 'and' | 'or'): boolean {
  return (
    expression.op === op && 'of' in expression && Array.isArray(expression.of) && expression.of.length === 0
  );
}
