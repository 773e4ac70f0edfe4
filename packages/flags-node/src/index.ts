// The public face of @org/flags-node.
export { createClient } from './client.ts';
export {
  createMemoryClient,
  type MemoryClient,
  type MemoryDocuments,
  type MemoryFlag,
  type TrackedEvent,
} from './memory-client.ts';
export type { BreakerTrip, Guarded, GuardOptions } from './guard/guard.ts';
export type { Exposure, Hook } from './hooks.ts';
export type { ActiveStep, ConfigProblem, NamedFunction, Pipeline, StepFunction } from '@org/evaluator/config';
export { errorCatalogue, FlagsError, type FlagsErrorCode } from './errors.ts';
export type {
  Assignment,
  AssignmentReason,
  Assignments,
  ClientEvents,
  ClientOptions,
  ClientState,
  Config,
  ConfigOptions,
  EvaluationContext,
  EvaluationDetails,
  ExperimentHandle,
  ExperimentOptions,
  FlagHandle,
  FlagsClient,
  JsonValue,
  Logger,
  StickyStore,
  TrackOptions,
} from './types.ts';
