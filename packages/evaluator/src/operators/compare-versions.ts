// What the operators that compare semantic versions share.
import { compareVersions, versionOf, type Version } from '../values/semver.ts';
import { takeValue } from './operands.ts';
import { defineOperator, type Operator } from './operator.ts';

/** An operator that compares an attribute with a version by precedence. `fits` gets the sign of the comparison. */
export function versionOperator(
  name: string,
  fits: (order: number) => boolean,
  isNegatable?: true,
): Operator {
  return defineOperator<Version>({
    name,
    members: ['value'],
    ...(isNegatable && { isNegatable }),
    operand: (test, findings) => takeValue(test, findings, 'operand_version', versionOf),
    compile: (bound) => (value) => {
      const version = versionOf(value);
      return version !== undefined && fits(compareVersions(version, bound));
    },
    cost: () => 20,
  });
}
