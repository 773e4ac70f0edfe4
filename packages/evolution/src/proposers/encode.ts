// Genomes as points: numbers by their place between their bounds, weights as they are, names as categories, trees by their shape
// and the numbers in them. What the model measures distances in. Pure.
import type { JsonValue } from '@org/contract/model';
import { amountOf, positionOf } from '../space/amounts.ts';
import type { Gene, Genome, Space } from '../space/gene.ts';

/** A genome in the model's eyes. */
export interface Point {
  readonly numbers: Float64Array;
  readonly categories: readonly string[];
}

/** Numbers of a tree beyond these are not told apart. */
const treeNumbersMax = 6;

/** The point of a genome. */
export function encode({ genes }: Space, genome: Genome): Point {
  const numbers: number[] = [];
  const categories: string[] = [];
  for (const gene of genes) add(gene, genome[gene.id]!, numbers, categories);
  return { numbers: Float64Array.from(numbers), categories };
}

function add(gene: Gene, value: JsonValue, numbers: number[], categories: string[]): void {
  switch (gene.kind) {
    case 'amount':
      numbers.push(positionOf(gene, amountOf(gene, value)));
      return;
    case 'weights':
      for (const name of gene.names) numbers.push((value as { readonly [name: string]: number })[name] ?? 0);
      return;
    case 'choice':
      categories.push(JSON.stringify(value));
      return;
    default:
      addTree(value, gene.start, numbers, categories);
  }
}

function addTree(value: JsonValue, start: JsonValue, numbers: number[], categories: string[]): void {
  const found: number[] = [];
  const shape = JSON.stringify(value, (_name, each: unknown) => {
    if (typeof each !== 'number') return each;
    found.push(each);
    return '#';
  });
  categories.push(shape);
  const scale = scaleOf(start);
  for (let i = 0; i < treeNumbersMax; i++) {
    const number = (found[i] ?? 0) / scale;
    numbers.push(number / (1 + Math.abs(number)));
  }
}

/** The largest number in a tree: what its numbers are measured by. */
function scaleOf(tree: JsonValue): number {
  let most = 0;
  JSON.stringify(tree, (_name, each: unknown) => {
    if (typeof each === 'number') most = Math.max(most, Math.abs(each));
    return each;
  });
  return most > 0 ? most : 1;
}

/** Squared distances of two points, numbers and categories apart. */
export function squaredDistances(
  a: Point,
  b: Point,
): { readonly numbers: number; readonly categories: number } {
  let numbers = 0;
  for (let i = 0; i < a.numbers.length; i++) {
    const way = a.numbers[i]! - b.numbers[i]!;
    numbers += way * way;
  }
  let categories = 0;
  for (let i = 0; i < a.categories.length; i++) if (a.categories[i] !== b.categories[i]) categories += 1;
  return { numbers, categories };
}
