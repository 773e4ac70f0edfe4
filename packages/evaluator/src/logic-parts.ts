// Puts logic into flags and segments: where a rule serves what a tree answers, and where a tree is a condition.
// Holds no meaning of JSONLogic: that is the optional part (logic-port.ts).
import type { Condition } from './attributes.ts';
import type { ExpressionScope } from './expression.ts';
import type { FlagParts } from './flag-parts.ts';
import { limits } from './limits.ts';
import type { LogicFault, LogicProgram } from './logic-port.ts';
import type { OutcomeRecord } from './outcome.ts';
import type { Decide } from './split.ts';
import type { Now } from './values/instant.ts';

/** The variant that the tree names; undefined when it names none, so that the next rule is asked. */
export function decideByLogic(tree: unknown, rule: string, parts: FlagParts): Decide | undefined {
  const { scope, variants } = parts;
  const program = compileTree(tree, scope);
  if (program === undefined) return undefined;
  const { flagKey } = scope.owner;
  const served = new Map<string, OutcomeRecord>();
  for (const [name, value] of variants) {
    const variant = name as string;
    served.set(variant, parts.outcome({ reason: 'TARGETING_MATCH', rule, variant, value }));
  }
  const fail = faults(rule, parts);
  return (_user, context) => {
    const name = program.variant(context, { flagKey, timestamp: secondsOf(scope.now) });
    if (name === null) return undefined;
    return typeof name === 'string' ? (served.get(name) ?? fail(unknownVariant)) : fail(name);
  };
}

const unknownVariant: LogicFault = {
  errorCode: 'GENERAL',
  errorMessage: 'The logic answered what is no variant of the flag.',
};

/** Outcomes of faults, each made when it is needed first. */
function faults(rule: string, { outcome }: FlagParts): (fault: LogicFault) => OutcomeRecord {
  const made = new Map<LogicFault, OutcomeRecord>();
  return (fault) => {
    const known = made.get(fault);
    if (known !== undefined) return known;
    const { errorCode, errorMessage } = fault;
    const fresh = outcome({ reason: 'ERROR', rule, errorCode, errorMessage });
    made.set(fault, fresh);
    return fresh;
  };
}

/** The condition that holds where the tree answers something true. */
export function compileLogicCondition(tree: unknown, scope: ExpressionScope): Condition | undefined {
  const program = compileTree(tree, scope);
  const { now } = scope;
  // Segments belong to no flag: a `fractional` without a unit of its own hashes the targeting key alone.
  return program && ((_user, context) => program.holds(context, { flagKey: '', timestamp: secondsOf(now) }));
}

function compileTree(tree: unknown, scope: ExpressionScope): LogicProgram | undefined {
  const { findings, segment, logic } = scope;
  findings.enter('logic');
  if (logic === undefined) findings.add('logic_unsupported');
  const program = logic?.compile(tree, { findings, segment });
  findings.leave();
  scope.tests += limits.logicTests;
  scope.usesLogic = true;
  return program;
}

const secondsOf = (now: Now | undefined): number | undefined =>
  now === undefined ? undefined : Math.floor(now() / 1_000);
