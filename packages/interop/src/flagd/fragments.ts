// The shared parts of a definition (`$evaluators`) and the references to them (`{"$ref": "name"}`).
// A reference where a condition stands becomes a segment; every other one is replaced by the fragment, as flagd does.
import { isRecord } from './json-logic.ts';
import { depthMax } from './scope.ts';

/** Fragments by name, and what became of them. */
export interface Fragments {
  readonly byName: ReadonlyMap<string, unknown>;
  /** Those that have a truth value. */
  readonly segments: ReadonlySet<string>;
  /** Segments that a condition refers to. */
  readonly usedAsSegment: Set<string>;
  /** Fragments that stand, replaced, in a flag. */
  readonly inlined: Set<string>;
  /** Fragments that logic refers to: they stay logic. */
  readonly inLogic: Set<string>;
}

export const noFragments: Fragments = {
  byName: new Map(),
  segments: new Set(),
  usedAsSegment: new Set(),
  inlined: new Set(),
  inLogic: new Set(),
};

/** The name that the value refers to, if it is a reference. */
export function referenceOf(value: unknown): string | undefined {
  if (!isRecord(value) || Object.keys(value).length !== 1) return undefined;
  const name = value['$ref'];
  return typeof name === 'string' ? name : undefined;
}

/** The value with every reference replaced that cannot be a segment. References inside fragments stay: flagd has no nesting. */
export function inlineFragments(value: unknown, fragments: Fragments, depth = 0): unknown {
  if (depth > depthMax || typeof value !== 'object' || value === null) return value;
  const name = referenceOf(value);
  if (name !== undefined && fragments.byName.has(name) && !fragments.segments.has(name)) {
    fragments.inlined.add(name);
    return fragments.byName.get(name);
  }
  if (Array.isArray(value)) return value.map((item) => inlineFragments(item, fragments, depth + 1));
  // Made of entries, so that a member named __proto__ stays a member.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, inlineFragments(item, fragments, depth + 1)]),
  );
}
