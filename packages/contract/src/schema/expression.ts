// The schema of expressions: shape and size. Whether an operator exists and takes the operand, the evaluator checks.
import { z } from 'zod';
import { limits } from '../limits.ts';
import {
  attribute,
  contextKind,
  expected,
  forward,
  isObject,
  jsonValue,
  keyText,
  violate,
} from './fields.ts';

const operatorName = z.string().min(1).max(64);

const test = z.strictObject({
  op: operatorName,
  attribute,
  kind: contextKind.optional(),
  value: jsonValue.optional(),
  values: z.array(jsonValue).max(limits.listValuesMax).optional(),
  ignoreCase: z.boolean().optional(),
  salt: z.string().max(limits.keyCharsMax).optional(),
  sensitive: z.boolean().optional(),
});

const list = z.strictObject({ op: operatorName, of: z.array(z.unknown()) });
const not = z.strictObject({ op: operatorName, of: z.unknown() });
const segment = z.strictObject({ op: operatorName, key: keyText });
const logic = z.strictObject({ op: operatorName, logic: jsonValue });
const shapes: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['and', list],
  ['or', list],
  ['not', not],
  ['segment', segment],
  ['logic', logic],
]);

interface Budget {
  nodes: number;
  exceeded: boolean;
}

/** An expression, at most 20 levels deep with at most 2,000 nodes. */
export const expression: z.ZodType = z.unknown().superRefine((value, context) => {
  const budget: Budget = { nodes: 0, exceeded: false };
  visit(value, [], 1, budget, context);
  if (budget.exceeded) violate(context, 'max_nodes', `At most ${limits.expressionNodesMax} nodes.`);
});

function visit(
  value: unknown,
  path: PropertyKey[],
  depth: number,
  budget: Budget,
  context: z.RefinementCtx,
): void {
  if (++budget.nodes > limits.expressionNodesMax) {
    budget.exceeded = true;
    return;
  }
  if (depth > limits.expressionDepthMax) {
    return violate(context, 'max_depth', `Nested deeper than ${limits.expressionDepthMax} levels.`, path);
  }
  if (!isObject(value)) return expected(context, value, 'An expression', path);
  const shape = (typeof value['op'] === 'string' && shapes.get(value['op'])) || test;
  forward(context, shape, value, path);
  const operands = value['of'];
  if (shape === list && Array.isArray(operands)) {
    operands.forEach((operand, index) => visit(operand, [...path, 'of', index], depth + 1, budget, context));
  } else if (shape === not) {
    visit(operands, [...path, 'of'], depth + 1, budget, context);
  }
}
