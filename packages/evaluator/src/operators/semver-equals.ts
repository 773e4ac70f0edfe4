// `semver_equals`: a semantic version equal to the operand in precedence.
import { versionOperator } from './compare-versions.ts';

export const semverEquals = versionOperator('semver_equals', (order) => order === 0, true);
