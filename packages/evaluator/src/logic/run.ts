// One evaluation of a logic tree: what bounds it, and how it ends early. Trees and contexts are not trusted, and a context
// can hold logic of its own, so nothing but these bounds keeps an evaluation short.

import type { LogicFault, LogicInjected } from '../logic-port.ts';
import { isMembers, memberOf, namesOf, type Members, type Value } from './values.ts';

export const logicLimits = {
  /** Nodes, list elements and stretches of text that one evaluation may look at; about two milliseconds. */
  stepsMax: 50_000,
  /** Operators within operators while a tree is evaluated. */
  depthMax: 200,
} as const;

/** How an evaluation ends without a result. Thrown inside this folder only, and made once: a stack costs more than the evaluation. */
export class LogicFailure extends Error {
  readonly fault: LogicFault;

  constructor(fault: LogicFault) {
    super(fault.errorMessage);
    this.fault = fault;
  }
}

const failed = new LogicFailure({
  errorCode: 'PARSE_ERROR',
  errorMessage: 'The logic came to an operator that does not take its operands.',
});
const exhausted = new LogicFailure({
  errorCode: 'GENERAL',
  errorMessage: `The logic took more than ${logicLimits.stepsMax} steps or ${logicLimits.depthMax} levels.`,
});

/** The fault of a tree that nests deeper than the engine's stack. */
export const exhaustedFault = exhausted.fault;

/** Ends the evaluation where flagd's engine panics: a type or a number of operands that an operator does not take. */
export function fail(): never {
  throw failed;
}

const nothing: Members = Object.freeze(Object.create(null) as Members);

/** One evaluation. */
export class Run {
  /** What `var` reads at the top. */
  readonly context: Members;
  readonly injected: LogicInjected;
  #steps = 0;
  #depth = 0;

  constructor(context: unknown, injected: LogicInjected) {
    this.context = isMembers(context) ? context : nothing;
    this.injected = injected;
  }

  /** The context with `$flagd` in it: copied, and so only made when somebody takes the context whole. */
  wholeContext(): Members {
    const names = namesOf(this.context);
    this.charge(names.length);
    const whole = Object.create(null) as Record<string, Value>;
    for (const name of names) whole[name] = memberOf(this.context, name);
    whole['$flagd'] = this.injected;
    return whole;
  }

  /** Counts work; `units` is what it is in proportion to. */
  charge(units: number): void {
    this.#steps += units;
    if (this.#steps > logicLimits.stepsMax) throw exhausted;
  }

  /** Counts the reading of a text: long ones take longer. */
  chargeText(text: string): void {
    if (text.length > 64) this.charge(text.length >>> 6);
  }

  enter(): void {
    this.#steps += 1;
    if (++this.#depth > logicLimits.depthMax || this.#steps > logicLimits.stepsMax) throw exhausted;
  }

  /** Not called when something is thrown: the evaluation is over then. */
  leave(): void {
    this.#depth -= 1;
  }
}
