// A candidate: a genome with how it came about, and what it is as a patch of its config. Pure.
import type { ConfigPatch, ConfigRule, JsonValue } from '@org/contract/model';
import { isSame, type Edit, type OperatorType, type PatchOperation, type Tier } from '../operators/move.ts';
import { rulesGeneId, type Genome, type Space } from '../space/gene.ts';

/** A change that one operator made. */
export interface Mutation {
  readonly operator: OperatorType;
  readonly tier: Tier;
  readonly genes: readonly string[];
}

/** A genome and its way from the one it was made of. */
export interface Candidate {
  readonly genome: Genome;
  readonly mutations: readonly Mutation[];
  /** One sentence for each change. */
  readonly words: readonly string[];
  /** From the parent's tree of values and rules to this one's, and back. */
  readonly patch: readonly PatchOperation[];
  readonly inverse: readonly PatchOperation[];
}

/** The genome unchanged: nothing has been done to it yet. */
export const unchanged = (genome: Genome): Candidate => ({
  genome,
  mutations: [],
  words: [],
  patch: [],
  inverse: [],
});

/** The candidate with more edits. */
export function withEdits(candidate: Candidate, mutation: Mutation, edits: readonly Edit[]): Candidate {
  const genome: Record<string, JsonValue> = { ...candidate.genome };
  for (const { gene, to } of edits) genome[gene] = to;
  return {
    genome,
    mutations: [...candidate.mutations, mutation],
    words: [...candidate.words, ...edits.map(({ words }) => words)],
    patch: [...candidate.patch, ...edits.flatMap(({ forward }) => forward)],
    inverse: [...edits.toReversed().flatMap(({ backward }) => backward), ...candidate.inverse],
  };
}

/** What a genome changes in the config as it is live: values of parameters, and the rules. */
export function patchOf(space: Space, genome: Genome, live: Genome): ConfigPatch {
  const values: Record<string, JsonValue> = {};
  let isEmpty = true;
  for (const { id } of space.genes) {
    const value = genome[id];
    if (id === rulesGeneId || value === undefined || isSame(value, live[id] ?? null)) continue;
    set(values, id.split('.'), value);
    isEmpty = false;
  }
  const rules = genome[rulesGeneId] as readonly ConfigRule[] | undefined;
  const isRuled = rules !== undefined && !isSame(genome[rulesGeneId]!, live[rulesGeneId] ?? null);
  return { ...(isEmpty ? {} : { values: values }), ...(isRuled ? { rules } : {}) };
}

function set(
  tree: Record<string, JsonValue>,
  [name = '', ...rest]: readonly string[],
  value: JsonValue,
): void {
  const below = Object.hasOwn(tree, name) ? tree[name] : {};
  if (rest.length > 0) set(below as Record<string, JsonValue>, rest, value);
  // A member may have any name, also `__proto__`.
  Object.defineProperty(tree, name, {
    value: rest.length === 0 ? value : below,
    ...{ enumerable: true, configurable: true, writable: true },
  });
}

/** A name for a genome: equal for equal values. */
export const genomeId = (space: Space, genome: Genome): string => {
  const known = startTexts(space);
  let text = '';
  for (let i = 0; i < space.genes.length; i++) {
    const { id, start } = space.genes[i]!;
    const value = genome[id]!;
    text += value === start ? known[i]! : textOf(value);
    text += '\n';
  }
  return hashText(text);
};

/** Texts of the genes at the start: most genes of a candidate are those, the very same objects. */
const texts = new WeakMap<Space, readonly string[]>();

function startTexts(space: Space): readonly string[] {
  const known = texts.get(space);
  if (known !== undefined) return known;
  const made = space.genes.map(({ start }) => textOf(start));
  texts.set(space, made);
  return made;
}

const textOf = (value: JsonValue): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** 106 bits (two cyrb53 hashes) in 22 characters: no two of a program's candidates collide. */
function hashText(text: string): string {
  return half(text, 0) + half(text, 0x5bd1e995);
}

function half(text: string, seed: number): string {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36).padStart(11, '0');
}
