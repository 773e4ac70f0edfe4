// The public face of @org/flags-node.
export { createClient } from './client.ts';
export {
  createMemoryClient,
  type MemoryClient,
  type MemoryDocuments,
  type MemoryFlag,
  type TrackedEvent,
} from './memory-client.ts';
export type { Exposure, Hook } from './hooks.ts';
export { errorCatalogue, FlagsError, type FlagsErrorCode } from './errors.ts';
export type {
  Assignment,
  AssignmentReason,
  Assignments,
  ClientEvents,
  ClientOptions,
  ClientState,
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
