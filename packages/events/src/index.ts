// The public face of @org/events: what SDKs record with. Pure: no I/O, clock or random of its own.
export * from './call-telemetry.ts';
export * from './evaluation-counts.ts';
export * from './event-queue.ts';
export * from './exposure-filter.ts';
export * from './latency-sketch.ts';
export * from './recorder.ts';
export * from './reported.ts';
export * from './retry-delay.ts';
export * from './types.ts';
export * from './unit-sample.ts';
export * from './units.ts';
export { batchEventsMax } from './limits.ts';
