// The schema of alerts. Shape and limits; whether what a rule names is there, the core checks.
import { z } from 'zod';
import { chosen, isObject, keyText, longText, shortText, tags, violate } from './fields.ts';

const channelsMax = 10;
const minutesMax = 180;
const secondsMax = 86_400;

const minutes = z.int().min(1).max(minutesMax).optional();
const minimum = z.int().min(1).max(1e9).optional();
const share = z.number().min(0).max(1);
const finite = z.number().min(-1e15).max(1e15);
const counted = { flag: keyText, minutes, minimum };

const rules = {
  variant_share: z.strictObject({
    type: z.literal('variant_share'),
    ...counted,
    variant: keyText.optional(),
    tolerance: share.optional(),
    expected: share.optional(),
  }),
  reasons: z.strictObject({
    type: z.literal('reasons'),
    ...counted,
    reasons: z
      .array(z.string().regex(/^[A-Z_]{1,64}$/, 'A reason such as ERROR or DEFAULT'))
      .min(1)
      .max(20)
      .optional(),
    shareMax: share,
  }),
  exposures_without_events: z.strictObject({
    type: z.literal('exposures_without_events'),
    ...counted,
    metric: keyText,
    ratioMin: z.number().positive().max(1e6).optional(),
  }),
  sample_ratio: z.strictObject({ type: z.literal('sample_ratio'), experiment: keyText.optional() }),
  guardrail: z.strictObject({
    type: z.literal('guardrail'),
    experiment: keyText.optional(),
    metric: keyText.optional(),
  }),
  metric: z.strictObject({
    type: z.literal('metric'),
    metric: keyText,
    aggregate: z.enum(['events_per_minute', 'mean']).optional(),
    minutes,
    comparison: z.enum(['<', '<=', '>', '>=']).optional(),
    value: finite.optional(),
    detector: z.enum(['outlier', 'shift']).optional(),
  }),
  rollout: z.strictObject({
    type: z.literal('rollout'),
    rollout: keyText.optional(),
    states: z
      .array(z.enum(['running', 'paused', 'rolled_back', 'aborted']))
      .min(1)
      .max(4)
      .optional(),
    longerThanMinutes: z
      .number()
      .min(0)
      .max(366 * 24 * 60)
      .optional(),
  }),
  breaker: z.strictObject({ type: z.literal('breaker'), breaker: keyText.optional() }),
  system: z.strictObject({
    type: z.literal('system'),
    condition: z.enum([
      'outbox_backlog',
      'push_disconnected',
      'analytics_unavailable',
      'analytics_behind',
      'fleet_refused',
      'fleet_behind',
    ]),
    value: z.number().min(0).max(1e9).optional(),
  }),
} as const;
const anyRule = z.object({ type: z.enum(Object.keys(rules) as [keyof typeof rules]) });
const rule = chosen((value) =>
  isObject(value) && Object.hasOwn(rules, String(value['type'])) ? rules[value['type'] as 'metric'] : anyRule,
);

const anyAlert = z.strictObject({
  rule,
  severity: z.enum(['info', 'warning', 'critical']).optional(),
  forSeconds: z.int().min(0).max(secondsMax).optional(),
  resolveSeconds: z.int().min(0).max(secondsMax).optional(),
  repeatMinutes: z
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .optional(),
  channels: z.array(keyText).max(channelsMax),
  runbook: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
  paused: z.boolean().optional(),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
});

export const alert = anyAlert.superRefine(({ rule: value, channels }, context) => {
  if (!isObject(value)) return;
  if (new Set(channels).size < channels.length)
    violate(context, 'unique', 'A channel is named once.', ['channels']);
  if (value['type'] === 'variant_share' && value['expected'] !== undefined && value['variant'] === undefined)
    violate(context, 'required', 'The share of which variant is expected?', ['rule', 'variant']);
  if (value['type'] !== 'metric') return;
  const isBound = value['comparison'] !== undefined && value['value'] !== undefined;
  const isHalf = (value['comparison'] === undefined) !== (value['value'] === undefined);
  if (isHalf || isBound === (value['detector'] !== undefined))
    violate(context, 'one_of', 'Either "comparison" and "value", or a "detector".', ['rule', 'comparison']);
});
