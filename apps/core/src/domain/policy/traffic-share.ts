// How much of the traffic may get another answer by a change, at most. Pure. Reads structure only: nobody knows whom a
// condition matches, so whatever a rule decides counts as decided for everybody.
import type { Flag, JsonObject, JsonValue, Rule, RuleServe, Split } from '@org/contract/model';
import { canonicalJson } from '@org/sync';

/** Members that no evaluation reads. */
const words = ['description', 'owner', 'tags', 'permanent', 'metadata', 'schema'];
/** Kinds that nobody is served by. */
const unserved: ReadonlySet<string> = new Set(['metric', 'alert']);

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);

/** From 0 to 1. A document that is absent is undefined. */
export function trafficShare(
  kind: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): number {
  if (unserved.has(kind) || isSame(bare(before), bare(after))) return 0;
  // The schema has checked both.
  if (kind === 'flag') return flagShare(before as unknown as Flag, after as unknown as Flag);
  return 1;
}

const bare = (document: JsonObject | undefined): JsonObject | undefined =>
  document && Object.fromEntries(Object.entries(document).filter(([name]) => !words.includes(name)));

function flagShare(before: Flag | undefined, after: Flag | undefined): number {
  if (after === undefined) return 1;
  if (before === undefined) return bornShare(after);
  if (!before.enabled && !after.enabled) return 0;
  if (!isSame(fixedOf(before), fixedOf(after))) return 1;
  return Math.max(moved(before.default, after.default), ...rulesMoved(before.rules, after.rules));
}

/** What a change may not touch without counting in full. Individual targets are named, and count as nobody. */
function fixedOf(flag: Flag): object {
  const { default: _default, rules: _rules, targets: _targets, ...rest } = flag;
  return bare(rest as unknown as JsonObject) ?? {};
}

/** A new flag changes nothing for those that it gives its off variant. */
function bornShare({ enabled, offVariant, rules = [], default: fallback }: Flag): number {
  if (!enabled) return 0;
  const off = offVariant === undefined ? undefined : { variant: offVariant };
  return Math.max(moved(off, fallback), ...rules.map(({ serve }) => moved(off, serve)));
}

function rulesMoved(before: readonly Rule[] = [], after: readonly Rule[] = []): readonly number[] {
  const sameRules =
    before.length === after.length &&
    before.every(({ id, when }, at) => id === after[at]?.id && isSame(when, after[at].when));
  return sameRules ? before.map(({ serve }, at) => moved(serve, after[at]?.serve)) : [1];
}

/** The share of units that another variant is served to. */
function moved(before: RuleServe | undefined, after: RuleServe | undefined): number {
  if (isSame(before, after)) return 0;
  if (before === undefined || after === undefined || 'logic' in before || 'logic' in after) return 1;
  const [left, right] = [splitOf(before), splitOf(after)];
  if (!isSame(bucketing(left), bucketing(right)) && left.weights.length > 1 && right.weights.length > 1)
    return 1;
  return 1 - overlap(left.weights, right.weights);
}

const splitOf = (serve: Exclude<RuleServe, { readonly logic: JsonValue }>): Split =>
  'split' in serve ? serve.split : { weights: [{ variant: serve.variant, weight: 1 }] };

/** By other members of the split other units get other buckets. */
const bucketing = ({ weights: _, ...rest }: Split): object => rest;

/** The share of the buckets that have the same variant in both, which are laid side by side. */
function overlap(left: Split['weights'], right: Split['weights']): number {
  const [a, b] = [edgesOf(left), edgesOf(right)];
  let [at, bt, place, same] = [0, 0, 0, 0];
  while (at < a.length && bt < b.length) {
    const [x, y] = [a[at]!, b[bt]!];
    const end = Math.min(x.end, y.end);
    if (x.variant === y.variant) same += end - place;
    place = end;
    if (x.end <= end) at += 1;
    if (y.end <= end) bt += 1;
  }
  return same;
}

function edgesOf(weights: Split['weights']): readonly { readonly variant: string; readonly end: number }[] {
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  let reached = 0;
  return weights.map(({ variant, weight }) => ({ variant, end: (reached += weight) / sum }));
}
