// A pattern as an automaton without empty steps that counts ways: two ways to take the same step are an edge of weight two.
// An engine that tries one way after the other takes as long as there are ways.
import { contains, representatives, type CharSet } from './char-set.ts';
import type { Alternative, PatternNode } from './parse-pattern.ts';

/** Places of the pattern that take a character, with the number of ways to come there. */
export type Ways = ReadonlyMap<number, number>;

/** Places are numbered from 0. */
export interface Automaton {
  /** Where a match can begin at the beginning of the text. */
  readonly first: Ways;
  /** Where a match can begin at any other character. */
  readonly later: Ways;
  /** Where each place leads. */
  readonly edges: readonly Ways[];
  /** Which classes of characters each place takes. */
  readonly takes: readonly (readonly boolean[])[];
  readonly classes: number;
}

/** A part of the automaton: where it begins and ends, and in how many ways it takes nothing. */
interface Fragment {
  readonly first: Ways;
  readonly last: Ways;
  readonly empty: number;
}

const placesMax = 1_000;
const edgesMax = 10_000;
const nothing: Fragment = { first: new Map(), last: new Map(), empty: 1 };

/** Undefined when the pattern repeats too much to be looked at. */
export function automatonOf(alternatives: readonly Alternative[]): Automaton | undefined {
  const builder = new Builder();
  const fragments = alternatives.map(({ node }) => builder.build(node));
  if (builder.isTooLarge) return undefined;
  const chars = representatives(builder.sets);
  return {
    first: sum(fragments.map(({ first }) => first)),
    later: sum(fragments.filter((_, at) => !alternatives[at]!.isAnchored).map(({ first }) => first)),
    edges: builder.edges,
    takes: builder.sets.map((set) => chars.map((char) => contains(set, char))),
    classes: chars.length,
  };
}

class Builder {
  readonly sets: CharSet[] = [];
  readonly edges: Map<number, number>[] = [];
  #edgeCount = 0;

  get isTooLarge(): boolean {
    return this.sets.length > placesMax || this.#edgeCount > edgesMax;
  }

  build(node: PatternNode): Fragment {
    // The rest does not matter any more.
    if (this.isTooLarge) return nothing;
    switch (node.type) {
      case 'char':
        return this.#char(node.set);
      case 'sequence':
        return node.parts.reduce<Fragment>((before, part) => this.#join(before, this.build(part)), nothing);
      case 'choice':
        return choiceOf(node.parts.map((part) => this.build(part)));
      case 'repeat':
        return this.#repeat(node.of, node.min, node.max);
    }
  }

  #char(set: CharSet): Fragment {
    const ways = new Map([[this.sets.push(set) - 1, 1]]);
    this.edges.push(new Map());
    return { first: ways, last: ways, empty: 0 };
  }

  #join(a: Fragment, b: Fragment): Fragment {
    this.#connect(a.last, b.first);
    return {
      first: sum([a.first, times(b.first, a.empty)]),
      last: sum([b.last, times(a.last, b.empty)]),
      empty: a.empty * b.empty,
    };
  }

  #connect(from: Ways, to: Ways): void {
    this.#edgeCount += from.size * to.size;
    if (this.isTooLarge) return;
    for (const [place, ways] of from) {
      const edges = this.edges[place]!;
      for (const [next, more] of to) edges.set(next, (edges.get(next) ?? 0) + ways * more);
    }
  }

  /** As many copies as the quantifier allows; of an open end, the last one loops. */
  #repeat(of: PatternNode, min: number, max: number): Fragment {
    const isOpen = max === Infinity;
    let all: Fragment = nothing;
    for (let i = isOpen ? 1 : 0; i < min; i++) all = this.#join(all, this.build(of));
    if (isOpen) return this.#join(all, this.#loop(this.build(of), min === 0));
    let optional: Fragment = nothing;
    for (let i = min; i < max; i++) optional = { ...this.#join(this.build(of), optional), empty: 1 };
    return this.#join(all, optional);
  }

  #loop(of: Fragment, canBeEmpty: boolean): Fragment {
    this.#connect(of.last, of.first);
    return { ...of, empty: canBeEmpty ? 1 : 0 };
  }
}

function choiceOf(parts: readonly Fragment[]): Fragment {
  return {
    first: sum(parts.map(({ first }) => first)),
    last: sum(parts.map(({ last }) => last)),
    empty: parts.reduce((ways, { empty }) => ways + empty, 0),
  };
}

/** All ways together. */
export function sum(all: readonly Ways[]): Ways {
  const [only] = all;
  if (all.length === 1) return only!;
  const total = new Map<number, number>();
  for (const ways of all)
    for (const [place, count] of ways) total.set(place, (total.get(place) ?? 0) + count);
  return total;
}

/** Every way that many times. */
export function times(ways: Ways, factor: number): Ways {
  if (factor === 1) return ways;
  return factor === 0 ? nothing.first : new Map([...ways].map(([place, count]) => [place, count * factor]));
}
