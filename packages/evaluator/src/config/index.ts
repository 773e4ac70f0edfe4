// Configurations as an optional part of the evaluator: in front of either of its forms. Pure; nothing in it throws.
export { applyConfigPatch } from './apply-patch.ts';
export { createCandidateCheck, type CandidateProblem } from './check-candidate.ts';
export { checkConfigs } from './check-configs.ts';
export { asFlagOverlay, patchesOfOverlay } from './config-overlay.ts';
export { withConfigs, type ConfigEvaluator, type ConfigPorts } from './config-evaluator.ts';
export type {
  ActiveStep,
  Config,
  ConfigOptions,
  NamedFunction,
  Pipeline,
  StepFunction,
} from './config-types.ts';
export { effectiveConfig, type EffectiveConfig } from './effective.ts';
export { durationText, parseDuration } from './duration.ts';
export type { ConfigProblem } from './problem-book.ts';
export { configFlagKey } from './translate.ts';
export { schemaUpgrade, upgradeConfig, upgradeOverlay, upgradePatch, type SchemaUpgrade } from './upgrade.ts';
