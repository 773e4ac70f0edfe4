// The schemas of rollouts and breakers. Shape, limits, and what one document can tell by itself; what needs others (the
// flag's variants, metrics), the core checks.
import { z } from 'zod';
import { limits } from '../limits.ts';
import { overlayBuckets } from '../model/documents.ts';
import { configPatch } from './configs.ts';
import { expression } from './expression.ts';
import {
  anyMembers,
  chosen,
  contextKind,
  isObject,
  keyText,
  longText,
  shortText,
  tags,
  violate,
} from './fields.ts';

const stagesMax = 50;
const rulesMax = 50;
const windowsMax = 20;
const minutesMax = 366 * 24 * 60;
const unitsMax = 1e9;

const instant = z.iso.datetime({ offset: true, error: 'An instant as RFC 3339 with offset is expected' });
const bucket = z.int().min(0).max(overlayBuckets);
const minutes = z.number().min(0).max(minutesMax);
const percentage = z.number().min(0.001).max(100).multipleOf(0.001);
const finite = z.number().min(-1e15).max(1e15);

const ruleBase = { id: keyText, action: z.enum(['roll_back', 'hold']).optional() };
const margin = z.number().min(0).max(10).optional();
const rateMax = z.number().min(0).max(1).optional();
const failures = z.int().min(1).max(1_000).optional();
const url = z.url({ protocol: /^https?$/ }).max(2_000);
const comparison = z.enum(['<', '<=', '>', '>=']);

const rules = {
  guarded_errors: z.strictObject({ ...ruleBase, type: z.literal('guarded_errors'), margin, rateMax }),
  guarded_latency: z.strictObject({
    ...ruleBase,
    type: z.literal('guarded_latency'),
    slowerThanMs: z.number().positive().max(600_000),
    margin,
    rateMax,
  }),
  metric: z.strictObject({
    ...ruleBase,
    type: z.literal('metric'),
    metric: keyText,
    margin: z.number().positive().max(1).optional(),
  }),
  prometheus: z.strictObject({
    ...ruleBase,
    type: z.literal('prometheus'),
    url,
    query: z.string().min(1).max(2_000),
    comparison,
    value: finite,
    failures,
  }),
  http: z.strictObject({ ...ruleBase, type: z.literal('http'), url, failures }),
  custom: z.strictObject({
    ...ruleBase,
    type: z.literal('custom'),
    metric: keyText,
    comparison,
    value: finite,
    failures,
    staleAfterMinutes: z.number().positive().max(minutesMax).optional(),
  }),
} as const;
const anyRule = z.object({ type: z.enum(Object.keys(rules) as [keyof typeof rules]) });
const healthRule = chosen((value) =>
  isObject(value) && Object.hasOwn(rules, String(value['type'])) ? rules[value['type'] as 'http'] : anyRule,
);
const health = z.array(healthRule).max(rulesMax);

const stage = z.strictObject({
  percentage,
  minimumMinutes: minutes.optional(),
  minimumSample: z.int().min(0).max(unitsMax).optional(),
  approval: z.boolean().optional(),
  health: health.optional(),
});

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
const windows = z.array(window).max(windowsMax);

const entry = z.strictObject({
  at: instant,
  by: shortText,
  action: z.enum(['start', 'progress', 'complete', 'pause', 'resume', 'roll_back', 'abort', 'approve']),
  reasons: z.array(longText).max(50),
  evidence: anyMembers(limits.variantsMax).optional(),
});

const life = z.strictObject({
  state: z.enum(['draft', 'running', 'paused', 'completed', 'rolled_back', 'aborted']),
  attempt: z.int().min(1),
  stage: z.int().min(0).max(stagesMax),
  percentage: z.number().min(0).max(100),
  ranges: z.array(z.strictObject({ from: bucket, to: bucket })).max(limits.overlayRangesMax),
  startedAt: instant,
  startedBy: shortText,
  stageStartedAt: instant,
  approvals: z
    .array(z.strictObject({ stage: z.int().min(0), by: shortText, at: instant }))
    .max(stagesMax)
    .optional(),
  endedAt: instant.optional(),
  last: entry,
});

const anyRollout = z.strictObject({
  target: z.strictObject({ kind: z.enum(['flag', 'config']), key: keyText }),
  variant: keyText,
  patch: configPatch.optional(),
  control: keyText.optional(),
  strategy: z.enum(['linear', 'exponential', 'canary', 'blue_green', 'custom']),
  stages: z.array(stage).min(1).max(stagesMax).optional(),
  eligibility: expression.optional(),
  unit: contextKind.optional(),
  minimumMinutes: minutes.optional(),
  minimumSample: z.int().min(0).max(unitsMax).optional(),
  approvalFrom: percentage.optional(),
  progressWindows: windows.optional(),
  maintenanceWindows: windows.optional(),
  health: health.optional(),
  alpha: z.number().min(0.0001).max(0.2).optional(),
  completion: z.enum(['ship', 'keep']).optional(),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
  life: life.optional(),
});

interface NamedRule {
  readonly id: string;
  readonly type: string;
}

export const rollout = anyRollout.superRefine((value, context) => {
  const { strategy, stages, control, variant, health: own, completion, eligibility } = value;
  if (strategy === 'custom' && stages === undefined)
    violate(context, 'required', 'A rollout of strategy "custom" names its stages.', ['stages']);
  if (strategy !== 'custom' && stages !== undefined)
    violate(context, 'unexpected', `The stages of "${strategy}" are fixed; use "custom".`, ['stages']);
  stages?.forEach((each, index) => {
    if (each.percentage <= (stages[index - 1]?.percentage ?? 0))
      violate(context, 'growing', 'Each stage has more than the one before: units once in stay in.', [
        ...['stages', index, 'percentage'],
      ]);
  });
  if (value.target.kind === 'config' && value.patch === undefined)
    violate(context, 'required', 'A rollout on a config needs the patch.', ['patch']);
  if (value.target.kind === 'flag' && value.patch !== undefined)
    violate(context, 'unexpected', 'A flag has no values to patch.', ['patch']);
  if (control === variant)
    violate(context, 'unique', 'The control is another variant than the one rolled out.', ['control']);
  if (completion === 'ship' && eligibility !== undefined)
    violate(context, 'unexpected', 'With an eligibility it is not for everybody: "keep".', ['completion']);
  const all = [
    ...(own ?? []).map((rule, index) => ({ rule: rule as NamedRule, path: ['health', index] })),
    ...(stages ?? []).flatMap((each, at) =>
      (each.health ?? []).map((rule, index) => ({
        rule: rule as NamedRule,
        path: ['stages', at, 'health', index],
      })),
    ),
  ];
  all.forEach(({ rule, path }, index) => {
    if (all.findIndex((other) => other.rule.id === rule.id) !== index)
      violate(context, 'unique', `"${rule.id}" is listed twice.`, [...path, 'id']);
    if (rule.type === 'metric' && control === undefined)
      violate(context, 'required', 'Metrics are compared with a group of the same make: name a "control".', [
        'control',
      ]);
  });
});

export const breaker = z.strictObject({
  target: z.strictObject({ kind: z.literal('flag'), key: keyText }),
  fallback: keyText,
  instances: z.int().min(1).max(10_000).optional(),
  units: z.int().min(1).max(unitsMax).optional(),
  openSeconds: z.number().min(1).max(86_400).optional(),
  probePercentage: percentage.optional(),
  probeCalls: z.int().min(1).max(unitsMax).optional(),
  errorRateMax: z.number().min(0).max(1).optional(),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
  life: z
    .strictObject({
      state: z.enum(['closed', 'open', 'half_open']),
      variant: keyText,
      since: instant,
      failures: z.int().min(0),
      reasons: z.array(longText).max(50),
      evidence: anyMembers(limits.variantsMax).optional(),
    })
    .optional(),
});
