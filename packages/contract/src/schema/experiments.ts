// The schemas of metrics, experiments and holdouts. Shape, limits, and what one document can tell by itself; what needs
// others (the flag's variants, the layer's other experiments), the core checks.
import { z } from 'zod';
import { limits } from '../limits.ts';
import { overlayBuckets } from '../model/documents.ts';
import { configPatch } from './config-rules.ts';
import { expression } from './expression.ts';
import {
  anyMembers,
  attributeName,
  contextKind,
  keyText,
  longText,
  shortText,
  tags,
  violate,
} from './fields.ts';

const hoursMax = 24 * 366;
const stepsMax = 20;
const metricsMax = 100;
const looksMax = 500;
const unitsMax = 1e12;

const finite = z.number().min(-1e15).max(1e15);
const hours = z.number().positive().max(hoursMax);
const eventName = z.string().min(1).max(limits.keyCharsMax);
const selection = z.strictObject({ event: eventName, where: expression.optional() });
const ratioPart = z.strictObject({
  event: eventName,
  where: expression.optional(),
  aggregate: z.enum(['count', 'sum']),
});

const anyMetric = z.strictObject({
  type: z.enum(['conversion', 'count', 'sum', 'mean', 'ratio', 'quantile', 'retention', 'funnel']),
  selection: selection.optional(),
  numerator: ratioPart.optional(),
  denominator: ratioPart.optional(),
  steps: z.array(selection).min(2).max(stepsMax).optional(),
  quantile: z.number().gt(0).lt(1).optional(),
  window: z.strictObject({ fromHours: z.number().min(0).max(hoursMax), toHours: hours }).optional(),
  direction: z.enum(['increase', 'decrease']),
  minimumEffect: z.number().positive().max(100).optional(),
  conversionWindowHours: hours.optional(),
  winsorization: z
    .strictObject({
      lower: finite.optional(),
      upper: finite.optional(),
      upperQuantile: z.number().min(0.5).max(1).optional(),
    })
    .optional(),
  unit: z.string().max(64).optional(),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
});

/** The members each type needs beside `selection`, which all others need. */
const ownMembers = {
  ratio: ['numerator', 'denominator'],
  funnel: ['steps'],
  quantile: ['selection', 'quantile'],
  retention: ['selection', 'window'],
} as const;
const typedMembers = ['selection', 'numerator', 'denominator', 'steps', 'quantile', 'window'] as const;

export const metric = anyMetric.superRefine((value, context) => {
  const needed: readonly string[] =
    value.type in ownMembers ? ownMembers[value.type as 'ratio'] : ['selection'];
  for (const member of typedMembers) {
    const isThere = value[member] !== undefined;
    if (needed.includes(member) && !isThere) {
      violate(context, 'required', `A metric of type "${value.type}" needs "${member}".`, [member]);
    } else if (!needed.includes(member) && isThere) {
      violate(context, 'unexpected', `A metric of type "${value.type}" has no "${member}".`, [member]);
    }
  }
  const { window, winsorization } = value;
  if (window !== undefined && window.fromHours >= window.toHours) {
    violate(context, 'range', 'The window must end after it begins.', ['window', 'toHours']);
  }
  if (winsorization?.lower !== undefined && winsorization.lower > (winsorization.upper ?? Infinity)) {
    violate(context, 'range', 'The lower bound lies above the upper one.', ['winsorization', 'lower']);
  }
});

const alpha = z.number().min(0.0001).max(0.2);
const units = z.int().min(10).max(unitsMax);
const plan = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('sequential'), alpha, tunedForUnits: units.optional() }),
  z.strictObject({
    method: z.literal('group_sequential'),
    alpha,
    looks: z.int().min(1).max(looksMax),
    maxUnits: units,
    spending: z.enum(['obrien_fleming', 'pocock']),
  }),
  z.strictObject({ method: z.literal('fixed'), alpha, maxUnits: units }),
  z.strictObject({ method: z.literal('bayesian'), credibility: z.number().min(0.5).max(0.9999) }),
]);

const instant = z.iso.datetime({ offset: true });
const allocation = z.int().min(0).max(overlayBuckets);
const bucket = z.int().min(0).max(overlayBuckets);

const life = z.strictObject({
  state: z.enum(['draft', 'running', 'stopped', 'decided']),
  ranges: z
    .array(z.strictObject({ from: bucket, to: bucket }))
    .max(limits.overlayRangesMax)
    .optional(),
  holdouts: z.array(keyText).max(limits.holdoutsInForceMax).optional(),
  startedAt: instant.optional(),
  startedBy: shortText.optional(),
  stoppedAt: instant.optional(),
  stoppedBy: shortText.optional(),
  stopReason: shortText.optional(),
  decision: z
    .strictObject({
      at: instant,
      by: shortText,
      outcome: z.enum(['ship', 'roll_back', 'inconclusive']),
      variant: keyText.optional(),
      reasons: z.array(longText).max(50),
      results: anyMembers(limits.variantsMax).optional(),
    })
    .optional(),
});

const anyExperiment = z.strictObject({
  target: z.strictObject({ kind: z.enum(['flag', 'config']), key: keyText }),
  variants: z
    .array(
      z.strictObject({
        variant: keyText,
        weight: z.int().min(1).max(limits.weightSumMax),
        patch: configPatch.optional(),
      }),
    )
    .min(2)
    .max(limits.variantsMax),
  control: keyText,
  allocation,
  layer: keyText.optional(),
  eligibility: expression.optional(),
  holdouts: z.array(keyText).max(20).optional(),
  unit: contextKind.optional(),
  metrics: z
    .array(
      z.strictObject({
        key: keyText,
        role: z.enum(['goal', 'guardrail', 'secondary']),
        margin: z.number().positive().max(1).optional(),
      }),
    )
    .min(1)
    .max(metricsMax),
  plan,
  hypothesis: longText.optional(),
  minimumHours: z.number().min(0).max(hoursMax).optional(),
  decisionRule: z.enum(['by_hand', 'automatic']).optional(),
  exclude: expression.optional(),
  segments: z.array(attributeName).max(limits.reportedAttributesMax).optional(),
  prePeriodHours: hours.optional(),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
  life: life.optional(),
});

export const experiment = anyExperiment.superRefine((value, context) => {
  const { variants, control, metrics, decisionRule } = value;
  const names = variants.map(({ variant }) => variant);
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index)
      violate(context, 'unique', `"${name}" is listed twice.`, ['variants', index, 'variant']);
  });
  if (value.target.kind === 'flag') {
    variants.forEach(({ patch }, index) => {
      if (patch !== undefined)
        violate(context, 'unexpected', 'A flag has no values to patch.', ['variants', index, 'patch']);
    });
  }
  if (!names.includes(control))
    violate(context, 'unknown_variant', `"${control}" is none of the experiment's variants.`, ['control']);
  const weights = variants.reduce((sum, { weight }) => sum + weight, 0);
  if (weights > limits.weightSumMax)
    violate(context, 'max', `The weights add up to more than ${limits.weightSumMax}.`, ['variants']);
  metrics.forEach(({ key, role, margin }, index) => {
    if (metrics.findIndex((other) => other.key === key) !== index)
      violate(context, 'unique', `"${key}" is listed twice.`, ['metrics', index, 'key']);
    if (margin !== undefined && role !== 'guardrail')
      violate(context, 'unexpected', 'Only guardrails have a margin.', ['metrics', index, 'margin']);
  });
  if (!metrics.some(({ role }) => role === 'goal'))
    violate(context, 'required', 'An experiment needs a goal.', ['metrics']);
  // People may look at fixed and Bayesian numbers; to decide by itself takes a method that stays valid under looking.
  if (decisionRule === 'automatic' && ['fixed', 'bayesian'].includes(value.plan.method)) {
    const message =
      'Decisions by themselves need a plan that may be looked at: "sequential" or "group_sequential".';
    violate(context, 'plan', message, ['decisionRule']);
  }
});

export const holdout = z.strictObject({
  allocation: z
    .int()
    .min(1)
    .max(overlayBuckets / 2),
  scope: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('environment') }),
      z.strictObject({ kind: z.literal('layer'), layer: keyText }),
    ])
    .optional(),
  unit: contextKind.optional(),
  // SDKs tell units that are held out by it.
  salt: z.string().startsWith('holdout:').max(limits.keyCharsMax).optional(),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
});
