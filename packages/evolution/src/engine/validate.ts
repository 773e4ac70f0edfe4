// The pipeline that every candidate passes: inside the declared space, the config's own checks, what the policy says. Pure;
// the checks of configs come through a port, so that there is one judge of values for commits and for candidates.
import type { ConfigPatch } from '@org/contract/model';
import { aligned, amountOf } from '../space/amounts.ts';
import type { Gene, Genome, Space } from '../space/gene.ts';
import { isSame } from '../operators/move.ts';
import { patchOf } from './candidate.ts';

/** Something in which a candidate does not hold. */
export interface ValidationProblem {
  readonly stage: 'space' | 'config' | 'policy' | 'duplicate';
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** A check of patches; answers with what is wrong. */
export type PatchCheck = (
  patch: ConfigPatch,
) => readonly { readonly path: string; readonly rule: string; readonly message: string }[];

export interface Pipeline {
  readonly space: Space;
  /** The genome that is live; what candidates are patches of. */
  readonly live: Genome;
  /** Schema, bounds, invariants, forbidden combinations, evaluation on sample contexts. */
  readonly checkConfig: PatchCheck;
  /** What may be changed by nobody. */
  readonly checkPolicy?: PatchCheck;
}

/** Everything that the first failing stage finds; empty for a valid candidate. */
export function validate(
  { space, live, checkConfig, checkPolicy }: Pipeline,
  genome: Genome,
): readonly ValidationProblem[] {
  for (const gene of space.genes) {
    const value = genome[gene.id];
    if (value === live[gene.id]) continue;
    const rule = value === undefined ? 'missing' : outsideOf(gene, genome, live);
    if (rule !== undefined)
      return [{ stage: 'space', path: gene.id, rule, message: `"${gene.id}" lies outside of its space.` }];
  }
  const patch = patchOf(space, genome, live);
  const broken = checkConfig(patch);
  if (broken.length > 0) return broken.map((problem) => ({ stage: 'config', ...problem }));
  return (checkPolicy?.(patch) ?? []).map((problem) => ({ stage: 'policy', ...problem }));
}

/** Why a gene may not have this value. Trees and lists can only be made of what is declared. */
function outsideOf(gene: Gene, genome: Genome, live: Genome): string | undefined {
  const value = genome[gene.id]!;
  switch (gene.kind) {
    case 'amount': {
      const amount = amountOf(gene, value);
      if (!(amount >= gene.min && amount <= gene.max)) return 'bounds';
      const near = aligned(gene, amount);
      return Math.abs(near - amount) <= 1e-9 * Math.max(1, Math.abs(amount)) ? undefined : 'step';
    }
    case 'choice':
      return gene.options.some((option) => isSame(option, value)) ? undefined : 'options';
    case 'weights': {
      const weights = value as { readonly [name: string]: number };
      const before = live[gene.id] as { readonly [name: string]: number };
      // A weight that was outside of the bounds at the start may stay where it was.
      const isInside = (name: string): boolean =>
        (weights[name]! >= gene.min - 1e-9 && weights[name]! <= gene.max + 1e-9) ||
        weights[name] === before[name];
      return gene.names.every(isInside) ? undefined : 'bounds';
    }
    default:
      return undefined;
  }
}
