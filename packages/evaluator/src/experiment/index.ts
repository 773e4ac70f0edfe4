// What the SDKs share of experiments: which flag one is on, and whether a unit is in. Of the state a client holds anyway:
// a running experiment is the overlay `experiment:<key>`. Never throws.
export type { Assignment, AssignmentReason } from './assignment.ts';
export {
  createExperiment,
  type EvaluatedFlag,
  type ExperimentHandle,
  type ExperimentOptions,
  type ExperimentPorts,
} from './experiment.ts';
export { experimentKeyOf, overlayKeyOf } from './overlay-key.ts';
