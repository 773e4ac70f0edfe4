// The schema of formulas and of conditions that compare them: shape and size.
import { z } from 'zod';
import { limits } from '../limits.ts';
import { expression } from './expression.ts';
import { attribute, contextKind, expected, forward, isObject, violate } from './fields.ts';
import { parameterPath } from './parameter-path.ts';

/** Operands of each arithmetic operator: at least, at most. */
const operands: Readonly<Record<string, readonly [number, number]>> = {
  add: [1, Infinity],
  multiply: [1, Infinity],
  min: [1, Infinity],
  max: [1, Infinity],
  subtract: [2, 2],
  divide: [2, 2],
  abs: [1, 1],
  round: [1, 2],
  clamp: [3, 3],
};

const finite = z.number().min(-1e15).max(1e15);
const parameter = z.strictObject({ op: z.literal('parameter'), name: parameterPath });
const attributeFormula = z.strictObject({
  op: z.literal('attribute'),
  attribute,
  kind: contextKind.optional(),
  otherwise: finite.optional(),
});
const arithmetic = z.strictObject({ op: z.string(), of: z.array(z.unknown()) });
const choice = z.strictObject({
  op: z.literal('if'),
  when: z.unknown(),
  then: z.unknown(),
  else: z.unknown(),
});
const compare = z.strictObject({
  op: z.literal('compare'),
  left: z.unknown(),
  is: z.enum(['equal', 'not_equal', 'greater', 'greater_or_equal', 'less', 'less_or_equal']),
  right: z.unknown(),
});

interface Visit {
  readonly context: z.RefinementCtx;
  nodes: number;
}

/** A formula: at most 500 nodes, 20 deep. */
export const formula: z.ZodType = z
  .unknown()
  .superRefine((value, context) => visitFormula(value, [], 1, { context, nodes: 0 }));

/** A condition that may compare formulas: the same limits. */
export const condition: z.ZodType = z
  .unknown()
  .superRefine((value, context) => visitCondition(value, [], 1, { context, nodes: 0 }));

/** False when it is too deep or too large, which is said once. */
function enter(visit: Visit, path: PropertyKey[], depth: number): boolean {
  if (depth > limits.expressionDepthMax) {
    violate(visit.context, 'max_depth', `Nested deeper than ${limits.expressionDepthMax} levels.`, path);
    return false;
  }
  visit.nodes += 1;
  if (visit.nodes === limits.formulaNodesMax + 1)
    violate(visit.context, 'max_nodes', `At most ${limits.formulaNodesMax} nodes.`);
  return visit.nodes <= limits.formulaNodesMax;
}

function visitFormula(value: unknown, path: PropertyKey[], depth: number, visit: Visit): void {
  if (!enter(visit, path, depth)) return;
  const { context } = visit;
  if (typeof value === 'number') return forward(context, finite, value, path);
  if (!isObject(value)) return expected(context, value, 'A number or a formula', path);
  const op = value['op'];
  if (op === 'parameter') return forward(context, parameter, value, path);
  if (op === 'attribute') return forward(context, attributeFormula, value, path);
  if (op === 'if') {
    forward(context, choice, value, path);
    visitCondition(value['when'], [...path, 'when'], depth + 1, visit);
    visitFormula(value['then'], [...path, 'then'], depth + 1, visit);
    return visitFormula(value['else'], [...path, 'else'], depth + 1, visit);
  }
  const count = typeof op === 'string' && Object.hasOwn(operands, op) ? operands[op] : undefined;
  if (count === undefined)
    return violate(context, 'unknown_operator', 'There is no such operator of formulas.', [...path, 'op']);
  forward(context, arithmetic, value, path);
  const of: readonly unknown[] = Array.isArray(value['of']) ? value['of'] : [];
  if (of.length < count[0] || of.length > count[1])
    violate(context, 'operands', `"${String(op)}" takes ${describe(count)}.`, [...path, 'of']);
  of.forEach((operand, index) => visitFormula(operand, [...path, 'of', index], depth + 1, visit));
}

const describe = ([least, most]: readonly [number, number]): string =>
  least === most ? `${least} operands` : most === Infinity ? 'at least one operand' : `${least} or ${most}`;

function visitCondition(value: unknown, path: PropertyKey[], depth: number, visit: Visit): void {
  if (!enter(visit, path, depth)) return;
  const { context } = visit;
  if (!isObject(value)) return expected(context, value, 'An expression', path);
  const { op, of } = value;
  if (op === 'compare') {
    forward(context, compare, value, path);
    visitFormula(value['left'], [...path, 'left'], depth + 1, visit);
    return visitFormula(value['right'], [...path, 'right'], depth + 1, visit);
  }
  if ((op === 'and' || op === 'or') && Array.isArray(of)) {
    forward(context, arithmetic, value, path);
    return of.forEach((operand, index) => visitCondition(operand, [...path, 'of', index], depth + 1, visit));
  }
  if (op === 'not' && isObject(of)) {
    forward(context, z.strictObject({ op: z.string(), of: z.unknown() }), value, path);
    return visitCondition(of, [...path, 'of'], depth + 1, visit);
  }
  forward(context, expression, value, path);
}
