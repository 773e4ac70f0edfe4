// Whether formulas and conditions name parameters that are there and are numbers, and do not need themselves.
import { isRecord, own, type UntrustedRecord } from '../untrusted.ts';
import type { Report } from './check-value.ts';
import type { EffectiveConfig } from './effective.ts';
import type { PlacedLogic } from './expressions.ts';
import { eachParameterName } from './formula.ts';

const numeric: ReadonlySet<string> = new Set(['number', 'integer', 'duration', 'formula']);

/** Reports what a formula or condition names and cannot have. */
export function checkLogic({ value, path }: PlacedLogic, { flat }: EffectiveConfig, report: Report): void {
  eachParameterName(value, (name, below) => {
    const parameter = flat.get(String(name));
    const place = [...path, ...below];
    if (parameter === undefined)
      report('unknown_parameter', `There is no parameter "${String(name)}".`, ...place);
    else if (!numeric.has(parameter.type))
      report(
        'type',
        `Formulas read numbers, durations and formulas; "${parameter.path}" is of type ${parameter.type}.`,
        ...place,
      );
    else if (parameter.type === 'formula' && reaches(parameter.path, parameter.path, flat, new Set()))
      report('formula_cycle', `The formula "${parameter.path}" needs its own result.`, ...place);
  });
}

/** Whether the default of a formula leads to another formula, over any number of them. */
function reaches(
  from: string,
  to: string,
  flat: ReadonlyMap<string, { readonly type: string; readonly spec: UntrustedRecord }>,
  seen: Set<string>,
): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  let isReached = false;
  eachParameterName(own(flat.get(from)?.spec ?? {}, 'default'), (name) => {
    const next = String(name);
    if (next === to) isReached = true;
    else if (isRecord(flat.get(next)?.spec) && reaches(next, to, flat, seen)) isReached = true;
  });
  return isReached;
}
