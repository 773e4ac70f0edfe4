// Recombination: some genes of another version that was accepted once. Coupled groups and the rules are taken whole.
import type { Gene, Genome, Space } from '../space/gene.ts';
import { isSame, replacing, type Edit, type Move } from './move.ts';

/** The moves that versions accepted so far allow; the same as now are passed over when they are made. */
export const recombinationsIn = (space: Space, accepted: readonly Genome[]): readonly Move[] =>
  accepted.length < 2
    ? []
    : [
        {
          operator: 'recombination',
          tier: 'relational',
          genes: space.genes.map(({ id }) => id),
          make(genome, random) {
            const version = random.below(accepted.length);
            const other = accepted[version]!;
            const units = unitsOf(space).filter((unit) => unit.some((gene) => differs(gene, genome, other)));
            // With one difference it would be that version again.
            if (units.length < 2) return undefined;
            const first = random.below(units.length);
            const taken = units.filter((_, i) => i === first || random.uniform() < 0.5);
            const kept = taken.length === units.length ? taken.slice(1) : taken;
            return kept.flatMap((unit) => editsOf(unit, genome, other, version));
          },
        },
      ];

const differs = ({ id }: Gene, genome: Genome, other: Genome): boolean =>
  other[id] !== undefined && !isSame(genome[id]!, other[id]);

const editsOf = (unit: readonly Gene[], genome: Genome, other: Genome, version: number): readonly Edit[] =>
  unit
    .filter((gene) => differs(gene, genome, other))
    .map((gene) =>
      replacing(
        gene,
        genome[gene.id]!,
        other[gene.id]!,
        `recombination with accepted version ${version + 1}`,
      ),
    );

function unitsOf({ genes, groups }: Space): readonly (readonly Gene[])[] {
  return [
    ...groups.map((group) => group.genes),
    ...genes.filter((gene) => !gene.isCoupled).map((gene) => [gene]),
  ];
}
