// What an operator does: moves, and the edits that a move makes. Every edit says what it does in words and as a JSON Patch,
// and how it is taken back.
import type { JsonValue } from '@org/contract/model';
import type { Gene, Genome, Space } from '../space/gene.ts';
import type { Random } from '../random.ts';

/** One operation of a JSON Patch (RFC 6902) on the tree of values and rules. */
export type PatchOperation =
  | { readonly op: 'replace' | 'add'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string };

export type Tier = 'parametric' | 'structural' | 'relational';

export type OperatorType =
  | 'value_swap'
  | 'arithmetic'
  | 'multiplier'
  | 'condition_flip'
  | 'reweight'
  | 'function_substitution'
  | 'structural'
  | 'relational'
  | 'recombination';

/** A change of one gene. */
export interface Edit {
  readonly gene: string;
  readonly to: JsonValue;
  readonly words: string;
  readonly forward: readonly PatchOperation[];
  readonly backward: readonly PatchOperation[];
}

/** Something an operator can do in a space. */
export interface Move {
  readonly operator: OperatorType;
  readonly tier: Tier;
  /** Names the genes it is about. */
  readonly genes: readonly string[];
  /** Undefined where this genome lets it do nothing. */
  make(genome: Genome, random: Random): readonly Edit[] | undefined;
}

/** How an operator is to be used; a program's entry. */
export interface OperatorSettings {
  /** How far one step goes: of arithmetic, a share of the span; of re-weighting, of the simplex; of multipliers, factors. */
  readonly range?: { readonly min: number; readonly max: number };
  readonly distribution?: 'gaussian' | 'uniform';
}

/** An operator: its moves in a space. */
export interface Operator {
  readonly type: OperatorType;
  readonly tier: Tier;
  movesIn(space: Space, settings: OperatorSettings): readonly Move[];
}

/** The edit that gives a gene another value, whole. */
export const replacing = (gene: Gene, from: JsonValue, to: JsonValue, how: string): Edit => ({
  gene: gene.id,
  to,
  words: `${gene.id}: ${brief(from)} → ${brief(to)} (${how})`,
  forward: [{ op: 'replace', path: gene.pointer, value: to }],
  backward: [{ op: 'replace', path: gene.pointer, value: from }],
});

const briefMax = 160;

/** A value in a sentence. */
export function brief(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length <= briefMax ? text : `${text.slice(0, briefMax)}…`;
}

/** Whether two values are the same JSON; members in the order in which operators keep them. */
export const isSame = (a: JsonValue, b: JsonValue): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
