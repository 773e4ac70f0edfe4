// The schema of evolution programs. Shape, limits, and what one document can tell by itself; genes and metrics the core checks.
import { z } from 'zod';
import { limits } from '../limits.ts';
import { anyMembers, keyText, longText, shortText, tags, violate } from './fields.ts';

const operatorNames = [
  ...(['value_swap', 'arithmetic', 'multiplier', 'condition_flip', 'reweight'] as const),
  ...(['function_substitution', 'structural', 'relational', 'recombination'] as const),
] as const;

const hoursMax = 366 * 24;
const hours = z.number().min(0).max(hoursMax);
const share = z.number().min(0).max(1);
const percentage = z.number().gt(0).max(100);
const instant = z.iso.datetime({ offset: true, error: 'An instant as RFC 3339 with offset is expected' });
const window = z.strictObject({
  cron: z.string().min(9).max(200),
  timeZone: z.string().min(1).max(100),
  startsAt: instant.optional(),
  endsAt: instant.optional(),
  durationMinutes: z
    .number()
    .positive()
    .max(31 * 24 * 60),
});
const geneName = z
  .string()
  .min(1)
  .max(limits.keyCharsMax * 4);
const genes = z.array(geneName).min(1).max(limits.configParametersMax);

const operator = z
  .strictObject({
    type: z.enum(operatorNames),
    probability: share.optional(),
    range: z.strictObject({ min: z.number().min(0), max: z.number().gt(0).max(1000) }).optional(),
    distribution: z.enum(['gaussian', 'uniform']).optional(),
    genes: genes.optional(),
  })
  .superRefine(({ range }, context) => {
    if (range !== undefined && range.min > range.max)
      violate(context, 'range', '"max" lies below "min".', ['range', 'max']);
  });

const stages = z.strictObject({
  simulation: z
    .strictObject({ flipsMax: share.optional(), effectMin: z.number().min(-1).max(10).optional() })
    .optional(),
  shadow: z.strictObject({ hours: hours.optional() }).optional(),
  canary: z.strictObject({ hours: hours.optional(), percentage: percentage.optional() }).optional(),
  screening: z.strictObject({ hours: hours.optional() }).optional(),
  confirmation: z
    .strictObject({
      hoursMin: hours.optional(),
      hoursMax: hours.optional(),
      percentage: percentage.max(50).optional(),
    })
    .optional(),
  holdback: z.strictObject({ hours: hours.optional(), percentage: percentage.max(50).optional() }).optional(),
});

const budget = z.strictObject({
  trafficPercentage: percentage,
  candidates: z.int().min(1).max(16).optional(),
  lostConversions: z.number().gt(0).optional(),
  generations: z.int().min(1).max(10_000).optional(),
  workingHours: z.array(window).min(1).max(20).optional(),
});

const anyEvolution = z.strictObject({
  config: keyText,
  genes: genes.optional(),
  objective: z.strictObject({
    metric: keyText,
    direction: z.enum(['increase', 'decrease']).optional(),
    effectMin: z.number().min(0).max(10).optional(),
    delayHours: hours.optional(),
  }),
  guardrails: z
    .array(z.strictObject({ metric: keyText, margin: z.number().gt(0).max(1).optional() }))
    .max(20)
    .optional(),
  operators: z.array(operator).min(1).max(50).optional(),
  tierWeights: z.strictObject({ parametric: share, structural: share, relational: share }).optional(),
  proposer: z.enum(['random', 'strategy', 'model', 'choice']).optional(),
  safeMargin: share.optional(),
  budget,
  alpha: z.number().gt(0).max(0.2).optional(),
  errorControl: z.enum(['spending', 'lord++']).optional(),
  approvals: z
    .strictObject({ structural: z.boolean().optional(), commits: z.boolean().optional() })
    .optional(),
  validation: z
    .strictObject({
      retries: z.int().min(1).max(10).optional(),
      timeoutSeconds: z.number().min(1).max(30).optional(),
    })
    .optional(),
  stages: stages.optional(),
  log: z.strictObject({ mutations: z.boolean().optional(), validation: z.boolean().optional() }).optional(),
  seed: z.int().min(0).max(0xffffffff),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
  // Only the server writes it.
  life: anyMembers(50).optional(),
});

/** An evolution program. */
export const evolution = anyEvolution.superRefine((program, context) => {
  const { tierWeights, stages: { confirmation } = {}, guardrails = [], objective, operators = [] } = program;
  if (tierWeights !== undefined) {
    const sum = tierWeights.parametric + tierWeights.structural + tierWeights.relational;
    if (Math.abs(sum - 1) > 1e-6)
      violate(context, 'weights_sum', `They sum to 1, not ${Number(sum.toFixed(6))}.`, ['tierWeights']);
  }
  const { hoursMin, hoursMax } = confirmation ?? {};
  if (hoursMin !== undefined && hoursMax !== undefined && hoursMin > hoursMax)
    violate(context, 'range', 'Lies below "hoursMin".', ['stages', 'confirmation', 'hoursMax']);
  guardrails.forEach(({ metric }, index) => {
    if (metric === objective.metric)
      violate(context, 'unique', 'It is the objective.', ['guardrails', index, 'metric']);
    if (guardrails.findIndex((other) => other.metric === metric) !== index)
      violate(context, 'unique', `"${metric}" is listed twice.`, ['guardrails', index, 'metric']);
  });
  if (operators.length > 0 && operators.every(({ probability }) => probability === 0))
    violate(context, 'probability', 'No operator is ever taken.', ['operators']);
});
