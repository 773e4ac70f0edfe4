// JSONLogic with flagd's operators and flagd's meaning, for evaluators that are given it. An optional part: the evaluator
// knows its types only, and browsers go without. Pure; what it does is bounded, whatever tree and context hold.
import { Findings } from '../findings.ts';
import type { Logic, LogicFault, LogicInjected, LogicProgram } from '../logic-port.ts';
import { variantNameOf } from './encode.ts';
import { walk } from './interpret.ts';
import { operations } from './operations/registry.ts';
import { prepareTree } from './prepare.ts';
import { exhaustedFault, LogicFailure, Run } from './run.ts';
import { isTrue, type Value } from './values.ts';

export { logicLimits } from './run.ts';

/** The names of all operators. */
export const logicOperators: ReadonlySet<string> = new Set(operations.keys());

/** JSONLogic for an evaluator: `createEvaluator({ logic: jsonLogic })`. */
export const jsonLogic: Logic = {
  compile: (tree, scope) => {
    const prepared = prepareTree(tree, scope);
    return prepared && programOf(prepared.tree);
  },
};

/** A tree on its own, without segments; undefined when something is wrong with it. */
export function compileLogic(tree: unknown): LogicProgram | undefined {
  return jsonLogic.compile(tree, { findings: new Findings(), segment: () => undefined });
}

const nameless: LogicFault = {
  errorCode: 'GENERAL',
  errorMessage: 'The logic answered what cannot be the name of a variant.',
};

const programOf = (tree: Value): LogicProgram => ({
  variant: (context, injected) =>
    attempt<string | null | LogicFault>(
      () => {
        const name = variantNameOf(evaluate(tree, context, injected));
        return name === undefined ? nameless : name;
      },
      (fault) => fault,
    ),
  holds: (context, injected) =>
    attempt(
      () => isTrue(evaluate(tree, context, injected)),
      () => false,
    ),
});

function evaluate(tree: Value, context: unknown, injected: LogicInjected): Value {
  const run = new Run(context, injected);
  return walk(tree, run.context, run);
}

function attempt<T>(work: () => T, onFault: (fault: LogicFault) => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LogicFailure) return onFault(error.fault);
    // Nested deeper than the engine's stack. What the context throws is the evaluator's business.
    if (error instanceof RangeError) return onFault(exhaustedFault);
    throw error;
  }
}
