// The public face of @org/automation: pure controllers. No I/O, clock or random.
export * from './controller.ts';
export { allocate, bucketsIn } from './experiment/allocation.ts';
export {
  automaticDecision,
  awaitsDecision,
  type AutomaticDecision,
  type RecommendedAction,
} from './experiment/decision.ts';
export { experimentOverlay, experimentOverlayKey } from './experiment/overlay.ts';
export { reportedAttributes, unreportable } from './experiment/report.ts';
export * from './instant.ts';
export { checkRecurrence, nextRun, type RecurrenceProblem } from './recurrence.ts';
export * from './scheduled-change.ts';
