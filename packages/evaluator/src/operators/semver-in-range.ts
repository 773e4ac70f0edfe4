// `semver_in_range`: a semantic version in a range such as `^1.2 || >=3.0.0 <3.4.0`.
import { isInRange, rangeOf, versionOf, type VersionRange } from '../values/semver.ts';
import { takeValue } from './operands.ts';
import { defineOperator } from './operator.ts';

export const semverInRange = defineOperator<VersionRange>({
  name: 'semver_in_range',
  members: ['value'],
  isNegatable: true,
  operand: (test, findings) => takeValue(test, findings, 'operand_version_range', rangeOf),
  compile: (range) => (value) => isInRange(versionOf(value), range),
  cost: (range) => 20 + 5 * range.flat().length,
});
