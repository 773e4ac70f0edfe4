// What the application holds in its hands: forwards to the parts. Must never throw.
import type { Recorder } from '@org/events';
import type { Emitter } from './emitter.ts';
import type { Evaluation } from './evaluation.ts';
import type { EventSender } from './event-sender.ts';
import { experimentMethod } from './experiments.ts';
import { createGuard, type GuardPorts } from './guard/guard.ts';
import type { Hooks } from './hooks.ts';
import { closeTimeoutMs, readyTimeoutMs } from './limits.ts';
import { longestTimerMs, type Platform } from './platform.ts';
import type { Readiness } from './readiness.ts';
import { rolloutMethod } from './rollouts.ts';
import { assignmentMethods, type Sticky } from './sticky.ts';
import type { SyncRuntime } from './sync-runtime.ts';
import type { ClientEvents, FlagsClient, TrackOptions } from './types.ts';
import { within } from './within.ts';

/** The parts of a running client. */
export interface ClientParts {
  readonly hooks: Hooks;
  readonly evaluation: Evaluation;
  readonly sticky: Sticky;
  readonly sync: SyncRuntime;
  readonly readiness: Readiness;
  readonly emitter: Emitter<ClientEvents>;
  readonly recorder: Recorder;
  readonly sender: EventSender;
  readonly platform: Platform;
  /** Called once. */
  readonly close: (timeoutMs: number) => Promise<void>;
}

const urgeMsMax = 1_000;

/** The client in front of its parts. */
export const createFace = (parts: ClientParts): FlagsClient => {
  const { sync, readiness, emitter, recorder, sender, platform } = parts;
  const { handleOf } = parts.hooks;
  const { evaluator, experiments, replica, overrides } = parts.evaluation;
  const guardPorts: GuardPorts = {
    calls: recorder.calls,
    nowMs: () => platform.nowMs(),
    urge(now) {
      recorder.tellCalls();
      // Everybody whose calls fail tells so at about the same time: spread over a second.
      sender.urge(now ? 0 : urgeMsMax * platform.random());
    },
    onTrip: (trip) => emitter.emit('breaker', trip),
  };
  let closing: Promise<void> | undefined;
  return {
    get state() {
      return sync.status;
    },
    get revision() {
      return replica.position?.revision ?? -1;
    },
    get hash() {
      return replica.position?.hash;
    },
    get age() {
      return platform.nowMs() - sync.driver.state.freshAtMs;
    },
    get recording() {
      return { waiting: recorder.queue.size, dropped: Object.fromEntries(recorder.queue.dropped) };
    },
    boolean: (flag, defaultValue) => handleOf(evaluator.boolean(flag, defaultValue)),
    string: (flag, defaultValue) => handleOf(evaluator.string(flag, defaultValue)),
    number: (flag, defaultValue) => handleOf(evaluator.number(flag, defaultValue)),
    object: (flag, defaultValue) => handleOf(evaluator.object(flag, defaultValue)),
    flagKeys: () => evaluator.flagKeys(),
    guard: (flag, run, options) => createGuard(guardPorts, flag, run, options ?? {}),
    inRollout: rolloutMethod(evaluator, experiments),
    config: (config, options) => evaluator.config(config, options),
    configKeys: () => evaluator.configKeys(),
    experiment: experimentMethod(evaluator, experiments, parts.hooks),
    ...assignmentMethods(parts.sticky),
    ready: (options) => readiness.wait(timeoutOf(options, readyTimeoutMs)),
    on: (name, listener) => emitter.on(name, listener),
    track(name, given) {
      try {
        // An application without types may leave it out.
        const { context, value, unit, attributes }: Partial<TrackOptions> = given ?? {};
        recorder.track(name, context, value, unit === undefined ? attributes : { ...attributes, unit });
      } catch {
        // A getter or proxy that throws.
        recorder.queue.drop('invalid');
      }
      sender.nudge();
    },
    override: (flag, value) => overrides.set(flag, value),
    clearOverride: (flag) => overrides.clear(flag),
    // Awaited, it keeps the process alive: nothing else of a client does.
    flush: () => within(longestTimerMs, sender.flush()),
    close: (options) => (closing ??= parts.close(timeoutOf(options, closeTimeoutMs))),
  };
};

/** Whatever an application without types gives. */
const timeoutOf = (
  options: { readonly timeoutMs?: number } | null | undefined,
  fallbackMs: number,
): number => {
  try {
    const ms: unknown = options?.timeoutMs;
    return typeof ms === 'number' && !Number.isNaN(ms) ? ms : fallbackMs;
  } catch {
    return fallbackMs;
  }
};
