// What a compiled flag is to the rest of the evaluator. Holds no rules of evaluation.
import type { FlagType } from '@org/contract/model';
import { OutcomeRecord, type OutcomeFields, type OutcomeOwner } from './outcome.ts';
import { Step } from './step.ts';

/** A compiled flag, or what stands for a flag that is none. */
export interface Program {
  /** Undefined for what answers an error, whatever type is asked for. */
  readonly type: FlagType | undefined;
  /** The answer, when it is the same for everybody. */
  readonly constant: OutcomeRecord | undefined;
  readonly first: Step;
  readonly outcomes: readonly OutcomeRecord[];
  /** Answers an override in the place of the program, as an exposure; undefined where nobody analyses exposures. */
  readonly overridden?: ((outcome: OutcomeRecord) => Step) | undefined;
}

/** Where a flag's current program stands; prerequisites hold the cell, a delta swaps what is in it. */
export interface ProgramCell {
  readonly program: Program;
}

/** A program that answers the same to everybody. */
export function constantProgram(type: FlagType | undefined, outcome: OutcomeRecord): Program {
  return { type, constant: outcome, first: new Step({ outcome }), outcomes: [outcome] };
}

/** The program of a flag that cannot be evaluated. */
export function errorProgram(owner: OutcomeOwner, fields: Omit<OutcomeFields, 'reason'>): Program {
  return constantProgram(undefined, new OutcomeRecord(owner, { ...fields, reason: 'ERROR', off: true }));
}
