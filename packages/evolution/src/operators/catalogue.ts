// Every operator by its name, and the moves that a program's choice of them allows in a space.
import type { Space } from '../space/gene.ts';
import { arithmetic } from './arithmetic.ts';
import { conditionFlip } from './condition-flip.ts';
import { functionSubstitution } from './function-substitution.ts';
import type { Move, Operator, OperatorSettings, OperatorType } from './move.ts';
import { multiplier } from './multiplier.ts';
import { relational } from './relational.ts';
import { reweight } from './reweight.ts';
import { structural } from './structural.ts';
import { valueSwap } from './value-swap.ts';

export const operators: readonly Operator[] = [
  ...[valueSwap, arithmetic, multiplier, reweight, functionSubstitution],
  ...[conditionFlip, structural, relational],
];

/** A program's entry for an operator. */
export interface OperatorChoice extends OperatorSettings {
  readonly type: OperatorType;
  /** How often it is taken beside the others of its tier; 1 when left out. */
  readonly probability?: number;
  /** Left out: every gene it can change. */
  readonly genes?: readonly string[];
}

/** A move with how often it is taken. */
export interface WeightedMove {
  readonly move: Move;
  readonly weight: number;
}

/** The moves of the operators that a program names; of all when it names none. */
export function movesOf(
  space: Space,
  choices: readonly OperatorChoice[] | undefined,
): readonly WeightedMove[] {
  const chosen = choices ?? operators.map(({ type }) => ({ type }));
  return chosen.flatMap((choice: OperatorChoice) => {
    const operator = operators.find(({ type }) => type === choice.type);
    const { genes, probability = 1 } = choice;
    const moves = (operator?.movesIn(space, choice) ?? []).filter(
      (move) => genes === undefined || move.genes.every((id) => genes.includes(id)),
    );
    return probability > 0 ? moves.map((move) => ({ move, weight: probability / moves.length })) : [];
  });
}
