// `semver_greater`: a semantic version above the operand.
import { versionOperator } from './compare-versions.ts';

export const semverGreater = versionOperator('semver_greater', (order) => order > 0);
