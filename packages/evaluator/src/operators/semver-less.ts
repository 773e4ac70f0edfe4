// `semver_less`: a semantic version below the operand.
import { versionOperator } from './compare-versions.ts';

export const semverLess = versionOperator('semver_less', (order) => order < 0);
