// The schema of a config's parameters: which members each type has, and how they nest.
import { z } from 'zod';
import { limits } from '../limits.ts';
import { condition, formula } from './formula.ts';
import {
  anyMembers,
  expected,
  forward,
  isObject,
  jsonValue,
  keyText,
  longText,
  shortText,
  violate,
} from './fields.ts';
import { parameterName, parameterPath } from './parameter-path.ts';

export { parameterPath };

const { configOptionsMax } = limits;
const finite = z.number().min(-1e15).max(1e15);
const count = z.int().min(0).max(limits.configParametersMax);
const duration = z
  .string()
  .regex(
    /^P(?=.)(\d{1,9}D)?(T(?=.)(\d{1,9}H)?(\d{1,9}M)?(\d{1,9}(\.\d{1,3})?S)?)?$/,
    'Must be a duration of days to seconds such as "PT0.25S", "PT1H30M" or "P7D"',
  );
const names = z.array(keyText).min(1).max(configOptionsMax);
const someOf = (item: z.ZodType): z.ZodType => z.array(item).min(1).max(configOptionsMax);

const base = {
  description: longText.optional(),
  unit: shortText.optional(),
  renamedFrom: parameterPath.optional(),
};
const scale = z.enum(['linear', 'log']).optional();
const factor = z.number().gt(0).max(1e6);
const multiplier = z.strictObject({
  min: factor,
  max: factor,
  hardMin: factor.optional(),
  hardMax: factor.optional(),
});
const choice = z.strictObject({ candidates: someOf(jsonValue).optional() });
const structure = {
  reorder: z.boolean().optional(),
  insert: z.boolean().optional(),
  remove: z.boolean().optional(),
};

const amount = (type: z.ZodType, value: z.ZodType): z.ZodType => {
  const bounds = { min: value.optional(), max: value.optional(), step: value.optional(), scale };
  const evolve = z.strictObject({
    ...bounds,
    multiplier: multiplier.optional(),
    candidates: someOf(value).optional(),
  });
  return z.strictObject({ type, ...base, ...bounds, default: value, evolve: evolve.optional() });
};

const pipelineStep = z.strictObject({
  function: keyText,
  parameters: anyMembers(configOptionsMax).optional(),
  weight: z.number().min(0).max(1e9).optional(),
  when: condition.optional(),
});
const pipelineSteps = z.array(pipelineStep).max(configOptionsMax);

const threshold = z.strictObject({ min: finite, max: finite, step: z.number().gt(0).max(1e15).optional() });
const thresholds = z.unknown().superRefine((value, context) => {
  if (!isObject(value)) return expected(context, value, 'An object');
  for (const [name, range] of Object.entries(value)) forward(context, threshold, range, [name]);
});

const shapes: ReadonlyMap<unknown, z.ZodType> = new Map<unknown, z.ZodType>([
  ['number', amount(z.literal('number'), finite)],
  ['integer', amount(z.literal('integer'), z.int())],
  ['duration', amount(z.literal('duration'), duration)],
  [
    'string',
    z.strictObject({
      type: z.literal('string'),
      ...base,
      default: longText,
      lengthMin: count.optional(),
      lengthMax: z.int().min(0).max(10_000).optional(),
      pattern: z.string().max(1_000).optional(),
      evolve: choice.optional(),
    }),
  ],
  [
    'boolean',
    z.strictObject({ type: z.literal('boolean'), ...base, default: z.boolean(), evolve: choice.optional() }),
  ],
  [
    'enum',
    z.strictObject({
      type: z.literal('enum'),
      ...base,
      options: names,
      default: keyText,
      evolve: choice.optional(),
    }),
  ],
  [
    'weights',
    z.strictObject({
      type: z.literal('weights'),
      ...base,
      names,
      default: anyMembers(configOptionsMax),
      evolve: z
        .strictObject({
          step: z.number().gt(0).max(1).optional(),
          min: z.number().min(0).max(1).optional(),
          max: z.number().min(0).max(1).optional(),
        })
        .optional(),
    }),
  ],
  [
    'list',
    z.strictObject({
      type: z.literal('list'),
      ...base,
      items: z.unknown(),
      default: z.array(jsonValue).max(limits.listValuesMax),
      itemsMin: z.int().min(0).max(limits.listValuesMax).optional(),
      itemsMax: z.int().min(0).max(limits.listValuesMax).optional(),
      evolve: choice.optional(),
    }),
  ],
  [
    'object',
    z.strictObject({
      type: z.literal('object'),
      ...base,
      members: z.unknown().optional(),
      default: anyMembers(limits.configParametersMax).optional(),
      evolve: choice.optional(),
    }),
  ],
  [
    'condition',
    z.strictObject({
      type: z.literal('condition'),
      ...base,
      default: condition,
      evolve: z
        .strictObject({
          operations: z
            .array(z.enum(['negate', 'comparison', 'threshold', 'connective', 'add', 'drop']))
            .min(1)
            .optional(),
          thresholds: thresholds.optional(),
          clauses: someOf(condition).optional(),
          candidates: someOf(condition).optional(),
        })
        .optional(),
    }),
  ],
  [
    'formula',
    z.strictObject({
      type: z.literal('formula'),
      ...base,
      default: formula,
      fallback: finite,
      min: finite.optional(),
      max: finite.optional(),
      evolve: z
        .strictObject({ multiplier: multiplier.optional(), candidates: someOf(formula).optional() })
        .optional(),
    }),
  ],
  [
    'function',
    z.strictObject({
      type: z.literal('function'),
      ...base,
      functions: names,
      default: keyText,
      evolve: choice.optional(),
    }),
  ],
  [
    'pipeline',
    z.strictObject({
      type: z.literal('pipeline'),
      ...base,
      functions: names,
      parameters: z.unknown().optional(),
      default: pipelineSteps,
      stepsMin: count.optional(),
      stepsMax: count.optional(),
      evolve: z
        .strictObject({
          ...structure,
          substitute: z.boolean().optional(),
          weights: multiplier.optional(),
          steps: pipelineSteps.optional(),
          candidates: someOf(pipelineSteps).optional(),
        })
        .optional(),
    }),
  ],
]);

const anyType = z.looseObject({ type: z.enum([...shapes.keys()] as [string]) });

/** Checks a schema of parameters: at most 1,000, nested at most 8 deep. */
export function checkParameters(
  schema: unknown,
  context: z.RefinementCtx,
  path: PropertyKey[] = [],
  depth = 1,
  budget: { count: number } = { count: 0 },
): void {
  if (!isObject(schema)) return expected(context, schema, 'An object of parameters', path);
  for (const name of Object.keys(schema)) {
    const at = [...path, name];
    forward(context, parameterName, name, at);
    checkParameter(Object.getOwnPropertyDescriptor(schema, name)?.value, context, at, depth, budget);
  }
}

function checkParameter(
  parameter: unknown,
  context: z.RefinementCtx,
  path: PropertyKey[],
  depth: number,
  budget: { count: number },
): void {
  budget.count += 1;
  if (budget.count === limits.configParametersMax + 1)
    violate(context, 'max_parameters', `A config has at most ${limits.configParametersMax} parameters.`);
  if (budget.count > limits.configParametersMax) return;
  if (depth > limits.configDepthMax)
    return violate(context, 'max_depth', `Parameters nest at most ${limits.configDepthMax} deep.`, path);
  if (!isObject(parameter)) return expected(context, parameter, 'A parameter', path);
  const shape = shapes.get(parameter['type']);
  forward(context, shape ?? anyType, parameter, path);
  const { type, members, items, parameters } = parameter;
  if (type === 'object' && (members === undefined) === (parameter['default'] === undefined))
    violate(context, 'one_of', 'Either "members" or a "default" is expected.', [...path, 'members']);
  if (type === 'object' && members !== undefined)
    checkParameters(members, context, [...path, 'members'], depth + 1, budget);
  if (type === 'list') checkParameter(items, context, [...path, 'items'], depth + 1, budget);
  if (type === 'pipeline' && parameters !== undefined) {
    if (!isObject(parameters)) return expected(context, parameters, 'An object', [...path, 'parameters']);
    for (const [name, own] of Object.entries(parameters))
      checkParameters(own, context, [...path, 'parameters', name], depth + 1, budget);
  }
}
