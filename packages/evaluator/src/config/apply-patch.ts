// A patch made part of its config: what shipping an experiment's variant, ending a rollout or accepting a mutation does.
import type { Config, ConfigPatch } from '@org/contract/model';
import type { EffectiveConfig } from './effective.ts';
import { mergeValues } from './tree.ts';

/**
 * The config with the patch in its own values, and the patch's rules in the place of its own. Its rules still come after
 * its values, so that contexts they concern may keep what the rules give them.
 */
export function applyConfigPatch(
  config: Config,
  { parameters }: Pick<EffectiveConfig, 'parameters'>,
  patch: ConfigPatch,
): Config {
  const { values, rules } = patch;
  return {
    ...config,
    ...(values === undefined ? {} : { values: mergeValues(parameters, config.values, values) }),
    ...(rules === undefined ? {} : { rules, inheritRules: false }),
  };
}
