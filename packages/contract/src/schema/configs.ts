// The schema of configs: shape and size. Whether values fit the parameters they are for, the evaluator checks.
import { z } from 'zod';
import { limits } from '../limits.ts';
import { configPatch, configRules, keyedPatches } from './config-rules.ts';
import { checkParameters, parameterPath } from './config-parameters.ts';
import { condition } from './formula.ts';
import { anyMembers, keyText, longText, shortText, tags, violate } from './fields.ts';

export { configPatch, keyedPatches };

const { configOptionsMax, configInvariantsMax } = limits;

const invariant = z.strictObject({ id: keyText, message: longText.min(1), require: condition });

const coupling = z.strictObject({
  name: keyText,
  parameters: z.array(parameterPath).min(2).max(configOptionsMax),
  relation: z.enum(['same_factor', 'same_steps', 'together']),
});

const forbidden = z.strictObject({ message: longText.min(1), values: anyMembers(configOptionsMax) });

/** What may be done to an ordered list. */
const structure = z.strictObject({
  reorder: z.boolean().optional(),
  insert: z.boolean().optional(),
  remove: z.boolean().optional(),
});

const anyConfig = z.strictObject({
  schema: z.unknown().superRefine((value, context) => checkParameters(value, context)),
  extends: keyText.optional(),
  inheritRules: z.boolean().optional(),
  values: anyMembers(limits.configParametersMax).optional(),
  rules: configRules.optional(),
  invariants: z.array(invariant).max(configInvariantsMax).optional(),
  coupled: z.array(coupling).max(configInvariantsMax).optional(),
  forbidden: z.array(forbidden).max(configInvariantsMax).optional(),
  evolve: z.strictObject({ rules: structure.optional() }).optional(),
  clientVisible: z.boolean().optional(),
  description: longText.optional(),
  owner: shortText.optional(),
  tags: tags.optional(),
  metadata: anyMembers(limits.variantsMax).optional(),
});

/** A config. */
export const config = anyConfig.superRefine(({ invariants = [], coupled = [] }, context) => {
  unique(
    invariants.map(({ id }) => id),
    'invariants',
    'id',
    context,
  );
  unique(
    coupled.map(({ name }) => name),
    'coupled',
    'name',
    context,
  );
});

function unique(names: readonly string[], list: string, member: string, context: z.RefinementCtx): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index)
      violate(context, 'unique', `"${name}" is used twice.`, [list, index, member]);
  });
}
