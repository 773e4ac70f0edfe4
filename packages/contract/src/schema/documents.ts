// The schemas of the authored documents (packages/contract/src/model). Shape and limits only; what the parts mean to
// each other, the evaluator and the core check.
import { z } from 'zod';
import { limits } from '../limits.ts';
import { overlayBuckets, type DocumentKind } from '../model/documents.ts';
import { alert } from './alerts.ts';
import { config, configPatch, keyedPatches } from './configs.ts';
import { evolution } from './evolution.ts';
import { experiment, holdout, metric } from './experiments.ts';
import { expression } from './expression.ts';
import { checkKillSwitch } from './kill-switch.ts';
import { breaker, rollout } from './rollouts.ts';
import {
  anyMembers,
  attribute,
  attributeName,
  chosen,
  contextKind,
  isObject,
  jsonValue,
  keyText,
  longText,
  shortText,
  tags,
  unitKeys,
  violate,
} from './fields.ts';

const split = z.strictObject({
  weights: z
    .array(z.strictObject({ variant: keyText, weight: z.int().min(0).max(limits.weightSumMax) }))
    .min(1)
    .max(limits.variantsMax),
  by: attribute.optional(),
  kind: contextKind.optional(),
  salt: z.string().max(limits.keyCharsMax).optional(),
  sticky: z.boolean().optional(),
  algorithm: z.literal('murmur3-v2').optional(),
});

const serveVariant = z.strictObject({ variant: keyText });
const serveSplit = z.strictObject({ split });
const serve = chosen((value) => (isObject(value) && 'split' in value ? serveSplit : serveVariant));

const serveLogic = z.strictObject({ logic: jsonValue });
const ruleServe = chosen((value) => (isObject(value) && 'logic' in value ? serveLogic : serve));

const anyFlag = z.strictObject({
  type: z.enum(['boolean', 'string', 'number', 'object', 'kill_switch']),
  enabled: z.boolean(),
  killed: z.boolean().optional(),
  variants: anyMembers(limits.variantsMax),
  offVariant: keyText.optional(),
  schema: anyMembers(limits.variantsMax).optional(),
  default: serve.optional(),
  targets: z
    .array(z.strictObject({ variant: keyText, kind: contextKind.optional(), keys: unitKeys }))
    .max(limits.variantsMax)
    .optional(),
  rules: z
    .array(
      z.strictObject({ id: keyText, description: longText.optional(), when: expression, serve: ruleServe }),
    )
    .max(limits.rulesMax)
    .optional(),
  prerequisites: z
    .array(z.strictObject({ flag: keyText, variants: z.array(keyText).min(1).max(limits.variantsMax) }))
    .max(limits.prerequisitesMax)
    .optional(),
  clientVisible: z.boolean().optional(),
  remoteEvaluation: z.boolean().optional(),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
  permanent: z.boolean().optional(),
  metadata: anyMembers(limits.variantsMax).optional(),
});

const flag = anyFlag.superRefine((value, context) => {
  if (value.type === 'kill_switch') checkKillSwitch(value, context);
});

const segment = z.strictObject({
  description: longText.optional(),
  when: expression,
  included: unitKeys.optional(),
  excluded: unitKeys.optional(),
  includedLists: z.array(keyText).max(limits.segmentListsMax).optional(),
  excludedLists: z.array(keyText).max(limits.segmentListsMax).optional(),
  kind: contextKind.optional(),
  clientVisible: z.boolean().optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
});

const list = z.strictObject({
  count: z.int().min(0).max(limits.listMembersMax),
  chunks: z
    .array(z.string().regex(/^([A-Za-z0-9_-]{22})?$/, 'Must be the name of a chunk'))
    .min(1)
    .max(limits.listChunksMax),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
});

const bucket = z.int().min(0).max(overlayBuckets);

const flagPatch = z.strictObject({ serve });
const onePatch = z.strictObject({ configPatch });
const splitPatch = z.strictObject({ configPatches: keyedPatches, serve });
const overlayPatch = chosen((value) =>
  isObject(value) && 'configPatch' in value
    ? onePatch
    : isObject(value) && 'configPatches' in value
      ? splitPatch
      : flagPatch,
);

const anyOverlay = z.strictObject({
  target: z.strictObject({ kind: z.enum(['flag', 'config']), key: keyText }),
  patch: overlayPatch,
  eligibility: expression.optional(),
  layer: keyText.optional(),
  salt: z.string().max(limits.keyCharsMax).optional(),
  by: attribute.optional(),
  kind: contextKind.optional(),
  ranges: z.array(z.strictObject({ from: bucket, to: bucket })).max(limits.overlayRangesMax),
  mode: z.enum(['live', 'shadow']),
  report: z.array(attributeName).max(limits.reportedAttributesMax).optional(),
  description: longText.optional(),
});

const overlay = anyOverlay.superRefine(({ target, patch }, context) => {
  if (!isObject(patch)) return;
  const isForConfig = 'configPatch' in patch || 'configPatches' in patch;
  if (isForConfig === (target.kind === 'config')) return;
  const message = isForConfig ? 'A flag has no values to patch.' : 'A config is changed by a "configPatch".';
  violate(context, 'overlay_patch', message, ['patch']);
});

const instant = z.iso.datetime({ offset: true, error: 'An instant as RFC 3339 with offset is expected' });

const recurrence = z.strictObject({
  cron: z.string().min(9).max(200),
  timeZone: z.string().min(1).max(100),
  startsAt: instant.optional(),
  endsAt: instant.optional(),
});

const anySchedule = z.strictObject({
  at: instant.optional(),
  recurrence: recurrence.optional(),
  paused: z.boolean().optional(),
  changes: z
    .array(
      z.strictObject({
        kind: z.enum(['flag', 'segment', 'overlay', 'config']),
        key: keyText,
        document: chosen((value) => (value === null ? z.null() : anyMembers(limits.variantsMax))),
        expectedDocumentRevision: z.int().min(0).max(0xffff_ffff).optional(),
      }),
    )
    .min(1)
    .max(limits.changesPerCommitMax),
  reason: shortText.optional(),
  author: shortText.optional(),
  failed: z.strictObject({ at: instant, message: longText }).optional(),
  lastRun: z.strictObject({ dueAt: instant, at: instant }).optional(),
});

const schedule = anySchedule.superRefine(({ at, recurrence: recurs, changes }, context) => {
  if (at === undefined && recurs === undefined) {
    violate(context, 'required', 'Either "at" or "recurrence" is expected.', ['at']);
  }
  if (recurs === undefined) return;
  if (at !== undefined) violate(context, 'one_of', 'Either "at" or "recurrence", not both.', ['at']);
  changes.forEach(({ expectedDocumentRevision }, index) => {
    if (expectedDocumentRevision === undefined) return;
    const path = ['changes', index, 'expectedDocumentRevision'];
    violate(context, 'recurring', 'The first run moves the document on: leave this out.', path);
  });
});

/** The schema of every kind of document. */
export const documentSchemas: Readonly<Record<DocumentKind, z.ZodType>> = {
  flag,
  segment,
  overlay,
  schedule,
  list,
  metric,
  experiment,
  holdout,
  config,
  rollout,
  breaker,
  alert,
  evolution,
};
