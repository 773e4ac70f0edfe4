// What went wrong while configs were asked, told once each and counted: a parameter that nobody declares, a function that
// nobody implements. Bounded.
import type { ErrorCode } from '@org/contract/model';
import type { Outcome } from '../types.ts';
import { configLimits } from './limits.ts';

/** Something an application asked a config for and did not get. */
export interface ConfigProblem {
  readonly configKey: string;
  /** The path of the parameter, or the name of the function. */
  readonly name: string;
  readonly problem:
    'unknown_config' | 'unknown_parameter' | 'type_mismatch' | 'unknown_function' | 'no_result';
  readonly message: string;
}

export type NoteProblem = (problem: ConfigProblem, revision: number) => void;

const codes: Readonly<Record<ConfigProblem['problem'], ErrorCode>> = {
  unknown_config: 'FLAG_NOT_FOUND',
  unknown_parameter: 'FLAG_NOT_FOUND',
  type_mismatch: 'TYPE_MISMATCH',
  unknown_function: 'GENERAL',
  no_result: 'GENERAL',
};

/** Keeps the problems; `drain` gives them as counts of evaluations that failed. */
export function createProblemBook(tell: ((problem: ConfigProblem) => void) | undefined): {
  readonly note: NoteProblem;
  drain(visit: (outcome: Outcome, count: number) => void): void;
} {
  const known = new Map<string, { readonly problem: ConfigProblem; revision: number; count: number }>();
  return {
    note(problem, revision) {
      const id = `${problem.problem}\n${problem.configKey}\n${problem.name}`;
      const entry = known.get(id);
      if (entry !== undefined) {
        entry.count += 1;
        entry.revision = revision;
        return;
      }
      if (known.size >= configLimits.problemsMax) return;
      known.set(id, { problem, revision, count: 1 });
      try {
        tell?.(problem);
      } catch {
        // Who listens must not change an answer.
      }
    },
    drain(visit) {
      for (const entry of known.values()) {
        const { count, problem, revision } = entry;
        entry.count = 0;
        // Of a config that is not there the flag in its place has been counted.
        if (count > 0 && problem.problem !== 'unknown_config') visit(outcomeOf(problem, revision), count);
      }
    },
  };
}

const outcomeOf = ({ configKey, name, problem, message }: ConfigProblem, revision: number): Outcome => ({
  flagKey: `config:${configKey}`,
  value: undefined,
  reason: 'ERROR',
  rule: `${problem}:${name}`.slice(0, 256),
  revision,
  errorCode: codes[problem],
  errorMessage: message,
  id: -1,
  flagId: -1,
  count: 0,
  excluded: false,
  exposes: false,
});
