// The public types of @org/flags-node. Holds no logic.
import type { ConnectionOptions } from 'node:tls';
import type { EvaluationContext, EvaluationDetails, JsonValue } from '@org/contract/model';
import type { FlagHandle } from '@org/evaluator';
import type { Config, ConfigOptions } from '@org/evaluator/config';
import type {
  Assignment,
  AssignmentReason,
  ExperimentHandle,
  ExperimentOptions,
} from '@org/evaluator/experiment';
import type { FlagsError } from './errors.ts';
import type { BreakerTrip, Guarded, GuardOptions } from './guard/guard.ts';
import type { Assignments, StickyStore } from './sticky.ts';
import type { Hook } from './hooks.ts';

export type { Assignments, EvaluationContext, EvaluationDetails, FlagHandle, JsonValue, StickyStore };
export type { Assignment, AssignmentReason, Config, ConfigOptions, ExperimentHandle, ExperimentOptions };

/**
 * NOT_READY: callers' defaults. READY: confirmed by a core within 15 s. STALE: the last good state, unconfirmed; also
 * after `close`.
 */
export type ClientState = 'NOT_READY' | 'READY' | 'STALE';

/** Takes complaints. `console` fits. */
export interface Logger {
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** What `createClient` takes. */
export interface ClientOptions {
  /**
   * The core's gRPC address: `http://host:port` without TLS, `https://host:port` with. Several: the client uses one at
   * a time and moves on when it fails.
   */
  readonly url: string | readonly string[];
  /** An SDK key of kind server. */
  readonly key: string;
  /** "project/environment". Only for keys of principals: an SDK key knows its environment. */
  readonly environment?: string;
  /** Name of the application, shown in the fleet. */
  readonly application?: string;
  /** Folder for the stored snapshot, for cold starts in an outage. Made if missing. Several processes may share it. */
  readonly cacheDir?: string;
  /** The same as one file; wins over `cacheDir`. */
  readonly snapshotFile?: string;
  /** For https: certificates of one's own, client certificates. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'checkServerIdentity'>;
  /** The same for a push channel with certificates of its own: PEM texts. */
  readonly natsTls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** `auto` (default): NATS when the core offers it, else gRPC. */
  readonly transport?: 'auto' | 'grpc' | 'nats';
  /** Record automatically which units saw which variants. Default true. */
  readonly exposures?: boolean;
  /** Where the assignments of sticky splits are kept; see `loadAssignments`. */
  readonly stickyStore?: StickyStore;
  /** How long events wait for more before they are sent. Default 5,000. */
  readonly flushIntervalMs?: number;
  /** Told of evaluations, exposures and changes (docs/hooks.md). Default: none, which costs nothing. */
  readonly hooks?: readonly Hook[];
  /** Hears complaints, each kind at most once a minute. Default: none. */
  readonly logger?: Logger;
}

/** What listeners hear. */
export interface ClientEvents {
  readonly state: ClientState;
  /** Flags whose answers may have changed, configs among them as "config:<key>", and the revision that runs now. */
  readonly change: { readonly revision: number; readonly flagKeys: readonly string[] };
  readonly error: FlagsError;
  /** A guard's breaker opened in this process (docs/rollouts.md). */
  readonly breaker: BreakerTrip;
}

/** What `track` takes beside the name. */
export interface TrackOptions {
  /** Whose event it is: only its targeting keys are sent. */
  readonly context: EvaluationContext;
  readonly value?: number;
  /** Of the value, e.g. "EUR" or "ms": sent as the attribute `unit`. */
  readonly unit?: string;
  /** At most 4 kB as JSON. */
  readonly attributes?: Readonly<Record<string, JsonValue>>;
}

/** Events between their recording and the core. */
export interface RecordingStats {
  /** Not yet accepted by a core. */
  readonly waiting: number;
  /** Dropped since the start, by reason: `queue_full`, `counts_full`, `invalid`, `refused`. The core is told, too. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** A client: evaluates in memory and keeps itself up to date. Nothing it has throws, but `createClient` on bad options. */
export interface FlagsClient {
  readonly state: ClientState;
  /** Of the state that runs; -1 before there is one. */
  readonly revision: number;
  /** Hash of the state that runs, as the server computes it; undefined before there is one. */
  readonly hash: string | undefined;
  /** Milliseconds since a core confirmed the state; Infinity when none has yet. */
  readonly age: number;
  /** How recording goes. */
  readonly recording: RecordingStats;
  /** A flag, resolved once: keep the handle and ask it as often as you like. */
  boolean(key: string, defaultValue: boolean): FlagHandle<boolean>;
  string(key: string, defaultValue: string): FlagHandle<string>;
  number(key: string, defaultValue: number): FlagHandle<number>;
  object<T extends JsonValue>(key: string, defaultValue: T): FlagHandle<T>;
  flagKeys(): readonly string[];
  /**
   * A function that evaluates the flag for a context and runs yours with its value. Counts calls, failures and latency by
   * variant, for guarded rollouts; when a variant fails, goes back to the last value that worked, until the flag changes.
   * What your function throws or rejects with, the caller gets.
   */
  guard<T extends JsonValue, Result>(
    flag: FlagHandle<T>,
    run: (value: T, context: EvaluationContext) => Result,
    options?: GuardOptions,
  ): Guarded<Result>;
  /** Whether the unit has what the rollout rolls out. False for rollouts that never ran while this client did. */
  inRollout(key: string, context: EvaluationContext): boolean;
  /**
   * A configuration, resolved once: `config('pricing').number('discount.max', context)`. What is not there, or of another
   * type, answers a fallback and is reported once (hook `onConfigProblem`, telemetry).
   */
  config(key: string, options?: ConfigOptions): Config;
  configKeys(): readonly string[];
  /**
   * An experiment, looked up once: `experiment('checkout').get(context)` tells variant, value, whether the unit is in, and
   * why. Of one that is unknown, a draft, stopped or decided, `get` answers what its flag does (`flag`), else the default.
   */
  experiment<T extends JsonValue>(
    key: string,
    options: ExperimentOptions<T> & { readonly defaultValue: T },
  ): ExperimentHandle<T>;
  experiment<T extends JsonValue = JsonValue>(
    key: string,
    options?: ExperimentOptions<T>,
  ): ExperimentHandle<T | undefined>;
  /**
   * Loads what the units of this context were given by sticky splits (`stickyStore`), so that they keep it whatever becomes
   * of the weights. Evaluate with the very object it resolves with. Resolves in any case; a context whose assignments
   * could not be loaded is split by its hash.
   */
  loadAssignments<Context extends EvaluationContext>(context: Context): Promise<Context>;
  /** The same with assignments that the application has at hand, e.g. from a cookie. Answers the same object. */
  withAssignments<Context extends EvaluationContext>(context: Context, assignments: Assignments): Context;
  /** What a context was given so far, to be kept by the application. */
  assignmentsOf(context: EvaluationContext): Assignments;
  /** Waits for the first state, stored or fresh, but at most `timeoutMs` (default 5,000). Resolves in any case. */
  ready(options?: { readonly timeoutMs?: number }): Promise<ClientState>;
  /** The returned function removes the listener. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
  /** Records something that happened: an impression, a conversion, revenue (`value`, `unit`), anything a metric names. */
  track(name: string, options: TrackOptions): void;
  /**
   * Answers this value for everybody in this process, until cleared. Stays out of analysis. Of a config: a patch of its
   * values, by the key "config:<key>".
   */
  override(key: string, value: JsonValue): void;
  /** Ends the override of one flag, or of all. */
  clearOverride(key?: string): void;
  /** Sends events now. Resolves when they were sent or the attempt failed. */
  flush(): Promise<void>;
  /** Sends what is left and ends, within `timeoutMs` (default 3,000). Handles go on answering the last state. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}
