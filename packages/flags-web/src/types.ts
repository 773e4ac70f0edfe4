// The public types of the browser SDK. Types only.
import type { CompactEvaluator, EvaluatorOptions } from '@org/evaluator/compact';
import type { EvaluationContext, EvaluationDetails, JsonObject, JsonValue } from '@org/contract/model';

export type * from '@org/contract/model';

/** NOT_READY: nothing to evaluate yet, defaults are served. READY: confirmed lately. STALE: last good state, unconfirmed. */
export type ClientState = 'NOT_READY' | 'READY' | 'STALE';

/** Server-rendered state: the `snapshot` of a `SyncService.GetSnapshot` answer to a client key, as an object or JSON text. */
export type Bootstrap = string | object;

/** A unit saw what a split or an overlay chose for it. */
export interface Exposure {
  readonly flagKey: string;
  readonly variant: string;
  readonly rule: string;
  readonly revision: number;
  /** The unit stays out of analysis. */
  readonly excluded: boolean;
}

/** What a client tells while it works. Called at once, so be quick. Objects are shared: change nothing. */
export interface Hook {
  /** After each `get` and `details`. What a hook itself evaluates meanwhile is not told. */
  onEvaluation?(details: EvaluationDetails, context: EvaluationContext): void;
  /** Each time an exposure is recorded: once while a unit goes on seeing the same. */
  onExposure?(exposure: Exposure, context: EvaluationContext): void;
  /** As listeners of `change` hear it. */
  onChange?(change: ClientEvents['change']): void;
}

/** How a client is set up. Everything but address and key has a default. */
export interface ClientOptions {
  /** Origin of the core's HTTP port, e.g. `https://flags.example.org`. */
  readonly url: string;
  /** A key of kind client. It is public: everybody who opens the page can read it. */
  readonly key: string;
  /** Who the page is shown to; change it by `setContext`. */
  readonly context?: EvaluationContext;
  /** Shown beside this instance in the fleet. */
  readonly application?: string;
  readonly bootstrap?: Bootstrap;
  /** Where the last good state is kept for the next page. Left out: `local`. */
  readonly storage?: 'local' | 'none';
  /** False: no stream stays open; the state is fetched at the start and when the page is shown again. Left out: true. */
  readonly streaming?: boolean;
  /** Record automatically which units saw which variants. Left out: true. */
  readonly exposures?: boolean;
  /** Told of evaluations, exposures and changes (docs/hooks.md). */
  readonly hooks?: readonly Hook[];
  /** A part that evaluates more than flags: `extend` of `@org/flags-web/config`. */
  readonly extend?: Extend;
}

/** Puts a part in front of the evaluator of a client. */
export type Extend = (create: CreateEvaluator) => CreateEvaluator;
type CreateEvaluator = (options?: EvaluatorOptions) => CompactEvaluator;

/** One flag, looked up once. */
export interface Flag<T> {
  readonly key: string;
  readonly defaultValue: T;
  /** The value for a context, the client's when left out. Never throws, never waits. */
  get(context?: EvaluationContext): T;
  /** The value with variant, reason and rule. */
  details(context?: EvaluationContext): EvaluationDetails<T>;
}

/** What listeners are told. */
export interface ClientEvents {
  /** Values may have changed: another revision, another context, an answer of the server's evaluation. */
  readonly change: { readonly revision: number };
  readonly state: ClientState;
  /** The server refused something; where that helps it is tried again. Evaluation goes on. */
  readonly error: Error;
}

/** What `track` takes beside the name. */
export interface TrackOptions {
  readonly value?: number;
  /** At most 4 kB as JSON. */
  readonly attributes?: JsonObject;
}

/** A client of one environment. */
export interface Client {
  readonly state: ClientState;
  /** The environment's revision that is evaluated; -1 before there is one. */
  readonly revision: number;
  readonly context: EvaluationContext;
  boolean(key: string, defaultValue: boolean): Flag<boolean>;
  string(key: string, defaultValue: string): Flag<string>;
  number(key: string, defaultValue: number): Flag<number>;
  object<T extends JsonValue>(key: string, defaultValue: T): Flag<T>;
  setContext(context: EvaluationContext): void;
  flagKeys(): readonly string[];
  /** A document of the state that is evaluated, as browsers have it; for the parts of this SDK, and not to be changed. */
  find(kind: string, key: string): unknown;
  /** Answers this value for everybody on this page, until cleared. Never counted in experiments. */
  override(key: string, value: JsonValue): void;
  /** Ends the override of one flag, or of all. */
  clearOverride(key?: string): void;
  /** Waits for the first state, stored or fresh, but at most `timeoutMs` (5,000). Resolves in any case. */
  ready(options?: { readonly timeoutMs?: number }): Promise<ClientState>;
  /** Returns a function that ends the subscription. */
  on<E extends keyof ClientEvents>(event: E, listener: (detail: ClientEvents[E]) => void): () => void;
  /** Records something the application measured, for experiments and guardrails. */
  track(name: string, options?: TrackOptions): void;
  /** Sends what is waiting and resolves when the server has it, or could not be reached. */
  flush(): Promise<void>;
  /** Sends what is waiting and ends stream, timers and listeners. Evaluation goes on with the last state. */
  close(): Promise<void>;
}
