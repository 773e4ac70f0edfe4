// What a flag answers to a context: the steps of docs/spec/evaluation.md, in its order.
import type { ErrorCode, Flag, Overlay, Reason, Serve, Split } from '@org/contract/model';
import { bucketOf } from '../bucket.ts';
import { createConditions } from './conditions.ts';
import type { EvaluatedDocument } from '../types.ts';
import type { Documents } from './documents.ts';
import { overlayBuckets, stepsMax } from './limits.ts';
import { murmur3 } from './murmur3.ts';
import { readUnit, unreadable, type Ports } from './read.ts';

/** What decided. `hash`: of the unit, when a split or overlay did. */
export type Answer = readonly [
  variant: string | undefined,
  reason: Reason,
  rule: string,
  hash?: number | undefined,
  errorCode?: ErrorCode,
];

/** An answer without a value of its own. */
export const failure = (errorCode: ErrorCode, rule = ''): Answer => [
  undefined,
  'ERROR',
  rule,
  undefined,
  errorCode,
];

/** The deciding function. It throws on a document that is damaged, for cycles by the depth of the stack. */
export const createDecide = (
  documents: Documents,
  ports: Ports,
): ((context: unknown, flagKey: string) => Answer) => {
  let steps = 0;
  const spend = (): void => {
    if (++steps > stepsMax) throw RangeError();
  };
  const { lists, holds } = createConditions(documents, ports, spend);

  /** Undefined when the unit of a split is missing. */
  const serve = (
    context: unknown,
    flagKey: string,
    serving: Serve,
    reason: Reason,
    rule: string,
  ): Answer | undefined => {
    if ('variant' in serving) return [serving.variant, reason, rule];
    const { weights, salt = flagKey, sticky } = serving.split;
    const hash = hashOf(context, salt, serving.split);
    if (hash === undefined) return hash;
    let bucket = bucketOf(
      hash,
      weights.reduce((sum, { weight }) => sum + weight, 0),
    );
    const drawn = weights.find(({ weight }) => (bucket -= weight) < 0)!.variant;
    const port = sticky ? ports.sticky : undefined;
    const slot = `${flagKey}/${rule}/${salt}`;
    const kept = port?.get(slot, context, hash | 0);
    if (weights.some(({ variant }) => variant === kept)) return [kept, 'SPLIT', rule, hash];
    port?.set(slot, context, hash | 0, drawn);
    return [drawn, 'SPLIT', rule, hash];
  };

  const liveOverlays = (flagKey: string) =>
    documents.overlaysOf(flagKey).filter(({ document }) => (document as Overlay).mode === 'live');

  const overlaid = (context: unknown, flagKey: string): Answer | undefined => {
    for (const found of liveOverlays(flagKey)) {
      const { eligibility, ranges, patch } = found.document as Overlay;
      const hash = overlayHash(context, found);
      if (hash === undefined || (eligibility && !holds(context, eligibility))) continue;
      const bucket = bucketOf(hash, overlayBuckets);
      if (!ranges.some(({ from, to }) => from <= bucket && bucket < to)) continue;
      const served = serve(context, flagKey, patch.serve!, 'SPLIT', `overlay:${found.key}`);
      if (served) return [served[0], 'SPLIT', served[2], served[3] ?? hash];
    }
    return undefined;
  };

  const decide = (context: unknown, flagKey: string): Answer => {
    spend();
    const flag = documents.find<Flag>('flag', flagKey)!;
    const { prerequisites = [], targets = [], rules = [] } = flag;
    if (flag.remoteEvaluation && !flag.variants) return [undefined, 'DEFAULT', 'remote'];
    if (flag.killed || !flag.enabled) return [flag.offVariant, 'DISABLED', flag.killed ? 'killed' : 'off'];
    for (const other of prerequisites) {
      if (!fulfils(context, other.flag, other.variants))
        return [flag.offVariant, 'DEFAULT', `prerequisite:${other.flag}`];
    }
    for (const { variant, keys, kind, hashed } of targets) {
      if (lists(context, keys, kind, hashed)) return [variant, 'TARGETING_MATCH', 'target'];
    }
    let answer = overlaid(context, flagKey);
    for (const { id, when, serve: serving } of rules) {
      if (!answer && holds(context, when))
        // Logic does not come to browsers; smuggled in, it throws here and disables its flag.
        answer = serve(context, flagKey, serving as Serve, 'TARGETING_MATCH', `rule:${id}`);
    }
    if (answer) return answer;
    const rule = 'default';
    if (!flag.default) return [undefined, 'DEFAULT', rule];
    const varies = prerequisites.length || targets.length || rules.length || liveOverlays(flagKey).length;
    const reason = varies ? 'DEFAULT' : 'STATIC';
    return serve(context, flagKey, flag.default, reason, rule) ?? failure('TARGETING_KEY_MISSING', rule);
  };

  /** A flag that is off, by itself or by a prerequisite, never fulfils one; nor does one that cannot be evaluated. */
  const fulfils = (context: unknown, flagKey: string, variants: readonly string[]): boolean => {
    try {
      const [variant, reason, rule] = decide(context, flagKey);
      return reason !== 'DISABLED' && rule[0] !== 'p' && variants.includes(variant!);
    } catch (error) {
      if (error === unreadable) throw error;
      return false;
    }
  };

  return (context, flagKey) => {
    steps = 0;
    return decide(context, flagKey);
  };
};

/** Of the unit of an overlay; undefined when it is missing. */
export const overlayHash = (context: unknown, { key, document }: EvaluatedDocument): number | undefined => {
  const { layer, salt = layer } = document as Overlay;
  return hashOf(context, salt ?? key, document as Overlay);
};

/** Undefined when the unit is missing. */
const hashOf = (
  context: unknown,
  salt: string,
  { by, kind }: Pick<Split, 'by' | 'kind'>,
): number | undefined => {
  const unit = readUnit(context, by, kind);
  return unit === undefined ? unit : murmur3(salt + unit);
};
