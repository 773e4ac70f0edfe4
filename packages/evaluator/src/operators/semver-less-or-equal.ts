// `semver_less_or_equal`: a semantic version at or below the operand.
import { versionOperator } from './compare-versions.ts';

export const semverLessOrEqual = versionOperator('semver_less_or_equal', (order) => order <= 0);
