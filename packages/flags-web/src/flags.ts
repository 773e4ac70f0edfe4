// The part of a client that needs no server: flags, context, overrides, events. Flags are the evaluator's handles, with
// the client's context where none is given, and the server's answers where browsers have no rules.
import type { EvaluationContext, EvaluationDetails, JsonValue } from '@org/contract/model';
import type { CompactEvaluator, FlagHandle } from '@org/evaluator/compact';
import type { Tell } from './hooks.ts';
import type { RemoteEvaluation } from './remote-evaluation.ts';
import type { Client, ClientEvents, ClientState, Flag } from './types.ts';

/** What every client has, and what moves it from inside. */
export interface Flags {
  readonly client: Omit<Client, 'track' | 'flush' | 'close'>;
  emit<E extends keyof ClientEvents>(event: E, detail: ClientEvents[E]): void;
  /** Values may have changed. */
  changed(): void;
  setState(state: ClientState): void;
}

const readyTimeoutMs = 5_000;
/** 23 days; beyond 25 a timer takes a wait for none. */
const timerMsMax = 2e9;

export const createFlags = (
  evaluator: CompactEvaluator,
  context: EvaluationContext = {},
  remote: RemoteEvaluation | undefined,
  tell: Tell,
): Flags => {
  // A listener that throws is reported by the browser like any other uncaught error and disturbs nobody.
  const target = new EventTarget();
  const overrides = new Map<string, JsonValue>();
  let state: ClientState = 'NOT_READY';
  /** A hook that evaluates is not told of that: it would go on for ever. */
  let tells: boolean | undefined;

  const emit: Flags['emit'] = (event, detail) => {
    target.dispatchEvent(new CustomEvent(event, { detail }));
  };
  const changed = (): void => {
    const change = { revision: evaluator.revision };
    emit('change', change);
    tell('onChange', change);
  };

  const on: Client['on'] = (event, listener) => {
    const hear = (heard: Event): void => listener((heard as CustomEvent<never>).detail);
    target.addEventListener(event, hear);
    return () => target.removeEventListener(event, hear);
  };

  const flagOf = <T extends JsonValue>(handle: FlagHandle<T>): Flag<T> => {
    const details = (given = context): EvaluationDetails<T> => {
      const local = handle.details(given);
      const found = remote && local.rule === 'remote' ? remote.details(local, given) : local;
      if (!tells) {
        tells = true;
        tell('onEvaluation', found, given);
        tells = false;
      }
      return found;
    };
    return {
      key: handle.key,
      defaultValue: handle.defaultValue,
      details,
      get: (given) => details(given).value,
    };
  };

  const client: Flags['client'] = {
    get state() {
      return state;
    },
    get revision() {
      return evaluator.revision;
    },
    get context() {
      return context;
    },
    boolean: (key, defaultValue) => flagOf(evaluator.boolean(key, defaultValue)),
    string: (key, defaultValue) => flagOf(evaluator.string(key, defaultValue)),
    number: (key, defaultValue) => flagOf(evaluator.number(key, defaultValue)),
    object: (key, defaultValue) => flagOf(evaluator.object(key, defaultValue)),
    setContext(next) {
      context = next;
      changed();
    },
    flagKeys: evaluator.flagKeys,
    find: evaluator.find,
    override(key, value) {
      evaluator.setOverrides(overrides.set(key, value));
      changed();
    },
    clearOverride(key) {
      if (key === undefined) overrides.clear();
      else overrides.delete(key);
      evaluator.setOverrides(overrides);
      changed();
    },
    ready: ({ timeoutMs = readyTimeoutMs } = {}) =>
      new Promise((resolve) => {
        const settle = (): void => {
          resolve(state);
          clearTimeout(timer);
          stop();
        };
        const timer = setTimeout(settle, Math.min(timeoutMs, timerMsMax));
        const stop = on('state', settle);
        if (state !== 'NOT_READY') settle();
      }),
    on,
  };
  const setState = (next: ClientState): void => {
    state = next;
    emit('state', next);
  };
  return { client, emit, changed, setState };
};
