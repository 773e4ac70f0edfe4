// Guarded calls: runs the application's function with a flag's value, tells how that went, and goes back to the last value that
// worked when the variant fails. What the function throws, the caller gets; the guard itself never throws.
import type { CalledOutcome, CallRecorder } from '@org/events';
import type { EvaluationContext, EvaluationDetails, JsonValue } from '@org/contract/model';
import type { FlagHandle } from '@org/evaluator';
import { createBreaker } from './breaker.ts';

/** What a guard may be given. */
export interface GuardOptions {
  /** Length of the rolling window. Default 10,000. */
  readonly windowMs?: number;
  /** Calls with a variant in the window before it may trip. Default 10. */
  readonly callsMin?: number;
  /** Share of failed calls from which it trips. Default 0.25. */
  readonly errorRateMax?: number;
  /** A call that takes longer has failed, as far as tripping goes. Default: none does. */
  readonly slowerThanMs?: number;
  /** Which errors are failures. Default: all. */
  readonly isFailure?: (error: unknown) => boolean;
  /** Errors after which there is no second call: trips at once, and what staged the variant is ended for everybody. */
  readonly isCritical?: (error: unknown) => boolean;
}

/** The guarded function: evaluates the flag for the context and runs. */
export type Guarded<Result> = (context: EvaluationContext) => Result;

/** A breaker opened here. */
export interface BreakerTrip {
  readonly flagKey: string;
  readonly variant: string;
  readonly revision: number;
  /** Served instead until the flag changes; undefined: the caller's default. */
  readonly fallback: string | undefined;
  readonly critical: boolean;
}

/** What guards stand on. */
export interface GuardPorts {
  readonly calls: CallRecorder;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Somebody waits for what was recorded: `now` after a trip. */
  readonly urge: (now: boolean) => void;
  readonly onTrip: (trip: BreakerTrip) => void;
}

const defaults = { windowMs: 10_000, callsMin: 10, errorRateMax: 0.25 };

interface Answer<T> {
  readonly value: T;
  readonly outcome: CalledOutcome;
}

/** Makes the guarded function. Guards of the same flag are apart from each other: they call different things. */
export function createGuard<T extends JsonValue, Result>(
  ports: GuardPorts,
  flag: FlagHandle<T>,
  run: (value: T, context: EvaluationContext) => Result,
  options: GuardOptions = {},
): Guarded<Result> {
  const breaker = createBreaker({ ...defaults, ...limitsOf(options) });
  let lastGood: Answer<T> | undefined;
  /** What worked before the variant that opened: may be of an earlier version. */
  let before: Answer<T> | undefined;

  const answerFor = (context: EvaluationContext): Answer<T> => {
    const details = flag.details(context);
    const { variant = '', revision } = details;
    if (!breaker.isOpen(variant, revision)) return { value: details.value, outcome: outcomeOf(details) };
    const fallback = [lastGood, before].find(
      (each) =>
        each !== undefined &&
        each.outcome.variant !== details.variant &&
        !breaker.isOpen(each.outcome.variant ?? '', revision),
    );
    const named = fallback?.outcome.variant === undefined ? {} : { variant: fallback.outcome.variant };
    return {
      value: fallback === undefined ? flag.defaultValue : fallback.value,
      outcome: { flagKey: flag.key, ...named, rule: breakerRule, revision },
    };
  };
  const ended = (
    answer: Answer<T>,
    context: EvaluationContext,
    durationMs: number,
    error: { readonly thrown: unknown } | undefined,
  ): void => {
    const { outcome } = answer;
    const { variant = '', revision } = outcome;
    const failed = error !== undefined && ask(options.isFailure, error.thrown, true);
    ports.calls.recordCall(outcome, context, durationMs, failed);
    const isBad = failed || durationMs > (options.slowerThanMs ?? Infinity);
    const critical = failed && ask(options.isCritical, error.thrown, false);
    // What was answered instead of an open variant opens nothing by itself.
    const isOwn = outcome.rule !== breakerRule && outcome.excluded !== true;
    const opened = isOwn && breaker.ended(variant, revision, isBad, ports.nowMs());
    const trips = (critical && isOwn && breaker.open(variant, revision)) || opened;
    if (trips) {
      ports.calls.recordTrip(outcome, critical);
      const fallback = lastGood?.outcome.variant === variant ? before : lastGood;
      ports.onTrip({ flagKey: flag.key, variant, revision, fallback: fallback?.outcome.variant, critical });
    } else if (!isBad && isOwn && lastGood?.outcome.variant !== outcome.variant) {
      before = lastGood;
      lastGood = answer;
    } else if (!isBad && isOwn) lastGood = answer;
    if (failed) ports.urge(trips);
  };
  return guardedCall({ nowMs: ports.nowMs, answerFor, ended }, run);
}

interface Judged<T> {
  readonly nowMs: () => number;
  readonly answerFor: (context: EvaluationContext) => Answer<T>;
  readonly ended: (
    answer: Answer<T>,
    context: EvaluationContext,
    durationMs: number,
    error: { readonly thrown: unknown } | undefined,
  ) => void;
}

/** Runs, and tells how it ended: at once, or when the promise is settled. */
function guardedCall<T, Result>(
  { nowMs, answerFor, ended }: Judged<T>,
  run: (value: T, context: EvaluationContext) => Result,
): Guarded<Result> {
  return (context) => {
    const answer = answerFor(context);
    const startedMs = nowMs();
    const passed = (): number => nowMs() - startedMs;
    let result: Result;
    try {
      result = run(answer.value, context);
    } catch (thrown) {
      ended(answer, context, passed(), { thrown });
      throw thrown;
    }
    if (!isThenable(result)) {
      ended(answer, context, passed(), undefined);
      return result;
    }
    return result.then(
      (value) => {
        ended(answer, context, passed(), undefined);
        return value;
      },
      (thrown: unknown) => {
        ended(answer, context, passed(), { thrown });
        throw thrown;
      },
    ) as Result;
  };
}

/** How calls name what decided for them while a breaker is open. */
export const breakerRule = 'breaker';

const outcomeOf = ({ flagKey, variant, rule, revision }: EvaluationDetails): CalledOutcome => ({
  flagKey,
  revision,
  ...(variant === undefined ? {} : { variant }),
  ...(rule === undefined ? {} : { rule }),
  excluded: rule === 'target' || rule === 'override',
});

const isThenable = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** The application's own judgement, which may fail itself. */
function ask(judge: ((error: unknown) => boolean) | undefined, error: unknown, otherwise: boolean): boolean {
  try {
    return judge === undefined ? otherwise : judge(error);
  } catch {
    return otherwise;
  }
}

const limitsOf = ({ windowMs, callsMin, errorRateMax }: GuardOptions) => ({
  ...(isPositive(windowMs) ? { windowMs } : {}),
  ...(isPositive(callsMin) ? { callsMin } : {}),
  ...(isPositive(errorRateMax) ? { errorRateMax } : {}),
});

const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && Number.isFinite(value);
