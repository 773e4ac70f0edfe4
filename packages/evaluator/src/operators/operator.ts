// What an operator is. One file per operator, one line in registry.ts; docs/spec/evaluation.md says what each means.
import type { Predicate } from '../attributes.ts';
import type { Findings } from '../findings.ts';
import type { UntrustedRecord } from '../untrusted.ts';

export type Literal = string | number | boolean | null;

/** How an operator is written down. */
export interface OperatorDefinition<Operand> {
  readonly name: string;
  /** Takes the operand from the expression; reports what is wrong with it and then answers undefined. */
  readonly operand: (test: UntrustedRecord, findings: Findings) => Operand | undefined;
  /** The predicate must answer false for undefined and for every type it does not take, must not coerce and not allocate. */
  readonly compile: (operand: Operand) => Predicate;
  /** For operators that are true for exactly these values: makes rules indexable and literals hashable. */
  readonly literals?: (operand: Operand) => readonly Literal[];
  /** Worst case of comparisons; 1 when left out. */
  readonly cost?: (operand: Operand) => number;
}

/** An operator with its operand. */
export interface CompiledTest {
  readonly predicate: Predicate;
  readonly literals: readonly Literal[] | undefined;
  readonly cost: number;
}

/** An operator as expressions use it. */
export interface Operator {
  readonly name: string;
  /** Undefined after something was reported. */
  readonly compile: (test: UntrustedRecord, findings: Findings) => CompiledTest | undefined;
}

/** Makes an operator of its definition. */
export function defineOperator<Operand>(definition: OperatorDefinition<Operand>): Operator {
  return {
    name: definition.name,
    compile(test, findings) {
      const before = findings.list.length;
      const operand = definition.operand(test, findings);
      if (operand === undefined || findings.list.length > before) return undefined;
      return {
        predicate: definition.compile(operand),
        literals: definition.literals?.(operand),
        cost: definition.cost?.(operand) ?? 1,
      };
    },
  };
}
