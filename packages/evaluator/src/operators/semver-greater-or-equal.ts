// `semver_greater_or_equal`: a semantic version at or above the operand.
import { versionOperator } from './compare-versions.ts';

export const semverGreaterOrEqual = versionOperator('semver_greater_or_equal', (order) => order >= 0);
