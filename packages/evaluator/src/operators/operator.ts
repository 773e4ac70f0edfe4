// What an operator is. One file per operator, one line in registry.ts; docs/spec/evaluation.md says what each means.
import type { Predicate } from '../attributes.ts';
import type { Findings } from '../findings.ts';
import { own, type UntrustedRecord } from '../untrusted.ts';
import type { Now } from '../values/instant.ts';

export type Literal = string | number | boolean | null;

/** The members of a test that make its operand. */
export type OperandMember = (typeof operandMembers)[number];
const operandMembers = ['value', 'values', 'ignoreCase', 'salt'] as const;

/** What a compiled operand may ask for at each evaluation. */
export interface OperatorPorts {
  /** The clock. Left out: tests that are relative to it are false. */
  readonly now: Now | undefined;
}

/** How an operator is written down. */
export interface OperatorDefinition<Operand> {
  readonly name: string;
  /** The members it takes; others are refused, because they would be silently ignored. */
  readonly members: readonly OperandMember[];
  /** Takes the operand from the expression; reports what is wrong with it and then answers undefined. */
  readonly operand: (test: UntrustedRecord, findings: Findings) => Operand | undefined;
  /** The predicate must answer false for undefined and for every type it does not take, must not coerce and, if it can, not allocate. */
  readonly compile: (operand: Operand, ports: OperatorPorts) => Predicate;
  /** For operators that are true for exactly these values, or undefined where they are not: makes rules indexable. */
  readonly literals?: (operand: Operand) => readonly Literal[] | undefined;
  /** Compares for equality, so that literals may travel as hashes. */
  readonly isHashable?: true;
  /** There is a second operator under `not_` and the name: true where the attribute exists and this one is not. */
  readonly isNegatable?: true;
  /** Worst case of comparisons; 1 when left out. */
  readonly cost?: (operand: Operand) => number;
}

/** An operator with its operand. */
export interface CompiledTest {
  readonly predicate: Predicate;
  /** True when the test holds where the predicate does not, a missing attribute included. */
  readonly isInverted: boolean;
  readonly literals: readonly Literal[] | undefined;
  /** Applied to texts before they are hashed and compared. */
  readonly isHashable: boolean;
  readonly cost: number;
}

/** An operator as expressions use it. */
export interface Operator {
  readonly name: string;
  readonly members: readonly OperandMember[];
  readonly isHashable: boolean;
  readonly isNegatable: boolean;
  /** Undefined after something was reported. */
  readonly compile: (
    test: UntrustedRecord,
    findings: Findings,
    ports: OperatorPorts,
  ) => CompiledTest | undefined;
}

/** Makes an operator of its definition. */
export function defineOperator<Operand>(definition: OperatorDefinition<Operand>): Operator {
  const { name, members, isHashable = false, isNegatable = false } = definition;
  const refused = operandMembers.filter((member) => !members.includes(member));
  return {
    ...{ name, members, isHashable, isNegatable },
    compile(test, findings, ports) {
      const before = findings.list.length;
      refuseAll(test, refused, findings);
      const operand = definition.operand(test, findings);
      if (operand === undefined || findings.list.length > before) return undefined;
      return {
        predicate: definition.compile(operand, ports),
        isInverted: false,
        literals: definition.literals?.(operand),
        isHashable,
        cost: definition.cost?.(operand) ?? 1,
      };
    },
  };
}

/** The operator under `not_` and the name: true where the attribute exists and the operator is not. */
export function negationOf(operator: Operator): Operator {
  return {
    ...operator,
    name: `not_${operator.name}`,
    isNegatable: false,
    compile(test, findings, ports) {
      const compiled = operator.compile(test, findings, ports);
      if (compiled === undefined) return undefined;
      const { predicate } = compiled;
      return {
        ...compiled,
        literals: undefined,
        predicate: (value) => value !== undefined && value !== null && !predicate(value),
      };
    },
  };
}

/** Reports operands that the operator does not take: they would be silently ignored otherwise. */
function refuseAll(test: UntrustedRecord, names: readonly OperandMember[], findings: Findings): void {
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (own(test, name) !== undefined) findings.add('operand_unexpected', name, name);
  }
}
