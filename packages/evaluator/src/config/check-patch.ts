// Whether values and patches fit the schema of their config.
import { isRecord, own, ownList } from '../untrusted.ts';
import { matches } from './check-schema.ts';
import { checkValue, type Report } from './check-value.ts';
import type { EffectiveConfig } from './effective.ts';
import { patchesOfRule } from './expressions.ts';
import type { ParameterMap } from './parameters.ts';

/** Reports what of a tree of values does not fit. `null` takes a value away. */
export function checkPatchValues({ parameters }: EffectiveConfig, values: unknown, report: Report): void {
  if (values === undefined) return;
  checkTree(parameters, values, report);
}

function checkTree(parameters: ParameterMap, values: unknown, report: Report): void {
  if (!isRecord(values)) return report('type', 'Must be an object.');
  for (const name of Object.keys(values)) {
    const parameter = parameters.get(name);
    const value = own(values, name);
    const at: Report = (rule, message, ...path) => report(rule, message, name, ...path);
    if (parameter === undefined) at('unknown_parameter', `There is no parameter "${name}".`);
    else if (value === null) continue;
    else if (parameter.members !== undefined) checkTree(parameter.members, value, at);
    else {
      checkValue(parameter, value, at);
      const pattern = own(parameter.spec, 'pattern');
      if (!matches(pattern, value)) at('pattern', `Must match ${String(pattern)}.`);
    }
  }
}

/** Reports what of rules does not fit. */
export function checkPatchRules(effective: EffectiveConfig, rules: unknown, report: Report): void {
  if (!Array.isArray(rules)) return;
  rules.forEach((rule: unknown, index) => {
    if (!isRecord(rule)) return;
    for (const { values, below } of patchesOfRule(rule)) {
      const at: Report = (name, message, ...path) => report(name, message, index, ...below, ...path);
      checkPatchValues(effective, values, at);
    }
    checkShares(own(rule, 'split'), (name, message, ...path) =>
      report(name, message, index, 'split', ...path),
    );
  });
}

function checkShares(split: unknown, report: Report): void {
  if (!isRecord(split)) return;
  const seen = new Set<unknown>();
  let sum = 0;
  ownList(split, 'weights').forEach((share, index) => {
    const [variant, weight] = isRecord(share) ? [own(share, 'variant'), own(share, 'weight')] : [];
    if (seen.has(variant))
      report('unique', `"${String(variant)}" is listed twice.`, 'weights', index, 'variant');
    seen.add(variant);
    sum += Number(weight);
  });
  if (!(sum >= 1 && sum <= 2_147_483_647))
    report('weight_sum', `Weights add up to 1 to 2147483647, not ${sum}.`, 'weights');
}
