// The schema of a config's rules and of patches of configs, as configs, overlays and experiments hold them.
import { z } from 'zod';
import { limits } from '../limits.ts';
import { expression } from './expression.ts';
import {
  anyMembers,
  attribute,
  contextKind,
  expected,
  forward,
  isObject,
  keyText,
  longText,
  violate,
} from './fields.ts';

const values = anyMembers(limits.configParametersMax);

const split = z.strictObject({
  weights: z
    .array(
      z.strictObject({
        variant: keyText,
        weight: z.int().min(0).max(limits.weightSumMax),
        patch: values.optional(),
      }),
    )
    .min(1)
    .max(limits.variantsMax),
  by: attribute.optional(),
  kind: contextKind.optional(),
  salt: z.string().max(limits.keyCharsMax).optional(),
  sticky: z.boolean().optional(),
});

const rule = z
  .strictObject({
    id: keyText,
    description: longText.optional(),
    when: expression,
    patch: values.optional(),
    split: split.optional(),
  })
  .superRefine((value, context) => {
    if ((value.patch === undefined) === (value.split === undefined))
      violate(context, 'one_of', 'Either "patch" or "split" is expected.', ['patch']);
  });

/** The rules of a config. */
export const configRules = z
  .array(rule)
  .max(limits.configRulesMax)
  .superRefine((rules, context) => {
    rules.forEach(({ id }, index) => {
      if (rules.findIndex((other) => other.id === id) !== index)
        violate(context, 'unique', `There are two rules "${id}".`, [index, 'id']);
    });
  });

/** A patch of a config. */
export const configPatch = z.strictObject({ values: values.optional(), rules: configRules.optional() });

/** Patches by variant. */
export const keyedPatches: z.ZodType = z.unknown().superRefine((value, context) => {
  if (!isObject(value)) return expected(context, value, 'An object');
  const names = Object.keys(value);
  if (names.length === 0) violate(context, 'min_members', 'At least one patch is expected.');
  if (names.length > limits.variantsMax)
    return violate(context, 'max_members', `At most ${limits.variantsMax} members.`);
  for (const name of names) {
    forward(context, keyText, name, [name]);
    forward(context, configPatch, Object.getOwnPropertyDescriptor(value, name)?.value, [name]);
  }
});
