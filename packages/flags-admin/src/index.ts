// The public face of the admin client.
export { createAdminClient, type AdminClient, type AdminClientOptions } from './admin-client.ts';
export type {
  ChangeOptions,
  CommitOptions,
  DocumentFilter,
  EnvironmentClient,
} from './environment-client.ts';
export type { ListOptions } from './calls.ts';
export type { ListCalls, ListChangeOptions, ListEdit } from './list-calls.ts';
export type { CallOptions } from './transport.ts';
export type { Page, Pages } from './pages.ts';
export { remove, type DocumentChange, type DocumentDraft, type Removal } from './changes.ts';
export {
  AdminError,
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  PermissionError,
  UnavailableError,
  WrongStateError,
  type AdminErrorDetails,
  type FieldViolation,
} from './errors.ts';
export {
  booleanFlag,
  editFlag,
  FlagBuilder,
  killSwitch,
  numberFlag,
  objectFlag,
  percentageFlag,
  stringFlag,
  type RuleOptions,
} from './builders/flag-builder.ts';
export { config, ConfigBuilder, editConfig } from './builders/config-builder.ts';
export { editSegment, segment, SegmentBuilder } from './builders/segment-builder.ts';
export { editSchedule, recurringSchedule, schedule, ScheduleBuilder } from './builders/schedule-builder.ts';
export {
  configExperiment,
  editExperiment,
  editHoldout,
  experiment,
  ExperimentBuilder,
  holdout,
  HoldoutBuilder,
} from './builders/experiment-builder.ts';
export {
  countOf,
  editMetric,
  events,
  metric,
  MetricBuilder,
  sumOf,
  type EventOf,
} from './builders/metric-builder.ts';
export { Draft } from './builders/draft.ts';
export {
  all,
  any,
  attribute,
  inSegment,
  not,
  type AttributeOptions,
  type AttributeTests,
  type NegatableTests,
} from './builders/condition.ts';
export {
  percentage,
  split,
  type Served,
  type Shares,
  type SplitOf,
  type SplitOptions,
} from './builders/serve.ts';
export type { AlertCalls, AlertDelivery, AlertSilence, AlertStatus, AlertTest } from './alert-calls.ts';
export { alert, AlertBuilder, editAlert } from './builders/alert-builder.ts';
export type { AnalyticsCalls, FunnelQuestion, SampleSizeQuestion } from './analytics-calls.ts';
export type { AuditCalls, AuditEntry, AuditHead, AuditVerdict } from './audit-calls.ts';
export type {
  AppliedChange,
  ChangeRequest,
  ChangeRequestCalls,
  ChangeRequestState,
  Review,
  Verdict,
} from './change-request-client.ts';
export type { Annotation, PastCalls, PastDocument } from './past-calls.ts';
export type { Decision, ExperimentClient } from './experiment-client.ts';
export {
  breaker,
  BreakerBuilder,
  configRollout,
  editRollout,
  rollout,
  RolloutBuilder,
} from './builders/rollout-builder.ts';
export type {
  RolloutClient,
  RolloutRule,
  RolloutScenario,
  RolloutSimulation,
  RolloutState,
  RolloutStatus,
} from './rollout-client.ts';
export type { SourceProblem, SourceStatus } from './source-client.ts';
export type * from './analytics-model.ts';
export type * from './model.ts';
export type {
  Config,
  ConfigCondition,
  ConfigParameter,
  ConfigPatch,
  DocumentKind,
  DocumentKinds,
  EvaluationContext,
  Experiment,
  Expression,
  Flag,
  Holdout,
  JsonObject,
  JsonValue,
  List,
  Metric,
  Overlay,
  Recurrence,
  Schedule,
  Segment,
} from '@org/contract/model';
