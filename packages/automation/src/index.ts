// The public face of @org/automation: pure controllers. No I/O, clock or random.
export * from './controller.ts';
export { allocate, bucketsIn } from './experiment/allocation.ts';
export {
  automaticDecision,
  awaitsDecision,
  type AutomaticDecision,
  type RecommendedAction,
} from './experiment/decision.ts';
export { experimentOverlay, experimentOverlayKey, holdoutsInForce } from './experiment/overlay.ts';
export { reportedAttributes, unreportable } from './experiment/report.ts';
export * from './instant.ts';
export { checkRecurrence, nextRun, type RecurrenceProblem } from './recurrence.ts';
export * from './scheduled-change.ts';
export * from './breaker/alarms.ts';
export * from './breaker/call-report.ts';
export * from './breaker/step.ts';
export * from './rollout/health.ts';
export * from './rollout/metric-evidence.ts';
export * from './rollout/overlay.ts';
export * from './rollout/rate-evidence.ts';
export * from './rollout/stages.ts';
export * from './rollout/status.ts';
export * from './rollout/step.ts';
export * from './rollout/transitions.ts';
export * from './rollout/windows.ts';
export * from './simulation/chance.ts';
export * from './simulation/simulate-rollout.ts';
export * from './simulation/traffic.ts';
export * from './alert/judge.ts';
export * from './alert/step.ts';
export * from './alert/world.ts';
export * from './evolution/evidence.ts';
export * from './evolution/life.ts';
export * from './evolution/observations.ts';
export * from './evolution/overlays.ts';
export * from './evolution/settings.ts';
export * from './evolution/step.ts';
export * from './simulation/simulate-evolution.ts';
