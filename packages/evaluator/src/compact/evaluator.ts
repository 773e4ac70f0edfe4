// The evaluator in few bytes of code, for browsers: it walks the documents instead of compiling them. Answers as the
// package's main entry does: the conformance vectors and a comparison on random documents show it. It relies on the
// server's check of documents at commit; a damaged one answers PARSE_ERROR where the damage is met. Never throws.
import type {
  ErrorCode,
  EvaluationContext,
  EvaluationDetails,
  Expression,
  Flag,
  JsonValue,
  Overlay,
  Reason,
  Segment,
  Serve,
  Split,
  TestExpression,
} from '@org/contract/model';
import { bucketOf } from '../bucket.ts';
import type { DocumentId, EvaluatedDocument, Evaluator, EvaluatorOptions, FlagHandle, Outcome } from '../types.ts';
import { murmur3 } from './murmur3.ts';
import { passes, readAttribute, readUnit } from './read.ts';

/** Steps of one evaluation, segments and prerequisites included: no document can hang a page. */
const stepsMax = 100_000;
const overlayBuckets = 100_000;

/** What decided, before it is an outcome. `hash`: of the unit, when a split or overlay decided. */
type Answer = readonly [variant: string | undefined, reason: Reason, rule: string, hash?: number | undefined, errorCode?: ErrorCode];

/** Makes an empty evaluator: every flag answers PROVIDER_NOT_READY until the first load. */
export const createEvaluator = ({ digest, onExposure }: EvaluatorOptions = {}): Evaluator => {
  let revision = -1;
  let documents = new Map<string, EvaluatedDocument>();
  /** By flag, in the order of their keys. */
  let overlays = new Map<string, EvaluatedDocument[]>();
  let overrides: ReadonlyMap<string, JsonValue> | undefined;
  /** One for each answer of a flag; kept until something about the flag changes. */
  let outcomes = new Map<string, Outcome>();
  let counted: Outcome[] = [];
  let outcomeIds = 0;
  let steps = 0;
  const flagIds = new Map<string, number>();

  const find = <T>(kind: string, key: string): T | undefined => documents.get(`${kind}/${key}`)?.document as T | undefined;

  const lists = (context: unknown, keys: readonly string[] = [], kind?: string, salt?: string): boolean => {
    const unit = readUnit(context, undefined, kind);
    return unit !== undefined && keys.includes(salt === undefined ? unit : digest!(salt, unit));
  };

  const holds = (context: unknown, expression: Expression): boolean => {
    spend();
    const { op, of, key } = expression as { op: string; of: Expression & Expression[]; key: string };
    const deeper = (part: Expression): boolean => holds(context, part);
    if (op === 'and') return of.every(deeper);
    if (op === 'or') return of.some(deeper);
    if (op === 'not') return !deeper(of);
    if (op === 'segment') {
      const { excluded, included, kind, hashed, when } = find<Segment>(op, key)!;
      return !lists(context, excluded, kind, hashed) && (lists(context, included, kind, hashed) || deeper(when));
    }
    const test = expression as TestExpression;
    return passes(readAttribute(context, test.attribute, test.kind), test, digest);
  };

  /** Cycles end in a stack overflow, which `answer` catches as it does this. */
  const spend = (): void => {
    if (++steps > stepsMax) throw RangeError();
  };

  const hashOf = (context: unknown, salt: string, { by, kind }: Pick<Split, 'by' | 'kind'>): number | undefined => {
    const unit = readUnit(context, by, kind);
    return unit === undefined ? unit : murmur3(salt + unit);
  };

  /** Undefined when the unit of a split is missing. */
  const serve = (context: unknown, flagKey: string, serving: Serve, reason: Reason, rule: string): Answer | undefined => {
    if ('variant' in serving) return [serving.variant, reason, rule];
    const { split } = serving;
    const hash = hashOf(context, split.salt ?? flagKey, split);
    if (hash === undefined) return hash;
    let bucket = bucketOf(hash, split.weights.reduce((sum, { weight }) => sum + weight, 0));
    return [split.weights.find(({ weight }) => (bucket -= weight) < 0)!.variant, 'SPLIT', rule, hash];
  };

  const liveOf = (flagKey: string): EvaluatedDocument[] =>
    (overlays.get(flagKey) ?? []).filter(({ document }) => (document as Overlay).mode === 'live');

  const overlaid = (context: unknown, flagKey: string): Answer | undefined => {
    for (const { key, document } of liveOf(flagKey)) {
      const overlay = document as Overlay;
      const { eligibility, layer, salt, ranges, patch } = overlay;
      const hash = hashOf(context, salt ?? layer ?? key, overlay);
      if (hash === undefined || (eligibility && !holds(context, eligibility))) continue;
      const bucket = bucketOf(hash, overlayBuckets);
      if (!ranges.some(({ from, to }) => from <= bucket && bucket < to)) continue;
      const served = serve(context, flagKey, patch.serve, 'SPLIT', `overlay:${key}`);
      if (served) return [served[0], 'SPLIT', served[2], served[3] ?? hash];
    }
    return undefined;
  };

  /** The steps of docs/spec/evaluation.md, in its order. */
  const decide = (context: unknown, flagKey: string): Answer => {
    spend();
    const flag = find<Flag>('flag', flagKey)!;
    const { prerequisites = [], targets = [], rules = [] } = flag;
    if (flag.remoteEvaluation && !flag.variants) return [undefined, 'DEFAULT', 'remote'];
    if (flag.killed || !flag.enabled) return [flag.offVariant, 'DISABLED', flag.killed ? 'killed' : 'off'];
    for (const other of prerequisites) {
      if (!fulfils(context, other.flag, other.variants)) return [flag.offVariant, 'DEFAULT', `prerequisite:${other.flag}`];
    }
    for (const { variant, keys, kind, hashed } of targets) {
      if (lists(context, keys, kind, hashed)) return [variant, 'TARGETING_MATCH', 'target'];
    }
    let answer = overlaid(context, flagKey);
    for (const rule of rules) {
      answer ??= holds(context, rule.when) ? serve(context, flagKey, rule.serve, 'TARGETING_MATCH', `rule:${rule.id}`) : answer;
    }
    if (answer) return answer;
    const varies = prerequisites.length || targets.length || rules.length || liveOf(flagKey).length;
    if (!flag.default) return [undefined, 'DEFAULT', 'default'];
    return serve(context, flagKey, flag.default, varies ? 'DEFAULT' : 'STATIC', 'default') ?? failure('TARGETING_KEY_MISSING', 'default');
  };

  /** A flag that is off, by itself or by a prerequisite, never fulfils one; nor does one that cannot be evaluated. */
  const fulfils = (context: unknown, flagKey: string, variants: readonly string[]): boolean => {
    try {
      const [variant, reason, rule] = decide(context, flagKey);
      return reason !== 'DISABLED' && rule[0] !== 'p' && variants.includes(variant!);
    } catch {
      return false;
    }
  };

  /** The newest revision of the document and all it depends on. */
  const revisionOf = (id: string, seen: Set<string>): number => {
    const found = documents.get(id);
    if (!found || seen.has(id)) return 0;
    seen.add(id);
    let newest = found.revision;
    const follow = (next: string): void => {
      newest = Math.max(newest, revisionOf(next, seen));
    };
    const { when, rules, prerequisites, eligibility } = (found.document ?? {}) as Readonly<Record<string, unknown>>;
    JSON.stringify([when, rules, prerequisites, eligibility], (name, node) => {
      if (name === 'flag') follow(`flag/${node}`);
      if (node?.op === 'segment') follow(`segment/${node.key}`);
      return node as unknown;
    });
    if (found.kind === 'flag') overlays.get(found.key)?.forEach(({ key }) => follow(`overlay/${key}`));
    return newest;
  };

  const failure = (errorCode: ErrorCode, rule = ''): Answer => [undefined, 'ERROR', rule, undefined, errorCode];

  const answer = (flagKey: string, context: EvaluationContext, type?: string): Answer => {
    if (revision < 0) return failure('PROVIDER_NOT_READY');
    const flag = find<Flag>('flag', flagKey);
    if (!flag) return failure('FLAG_NOT_FOUND');
    if (type && flag.type !== type) return failure('TYPE_MISMATCH');
    steps = 0;
    try {
      return decide(context, flagKey);
    } catch {
      return failure('PARSE_ERROR');
    }
  };

  const evaluate = (flagKey: string, context: EvaluationContext, type?: string): Outcome => {
    const override = overrides?.get(flagKey);
    const overridden = override !== undefined && (!type || typeof override === type);
    const [variant, reason, rule, hash, errorCode] = overridden ? ([, 'STATIC', 'override'] as const) : answer(flagKey, context, type);
    const id = [flagKey, variant, reason, rule, errorCode].join('\n');
    let outcome = outcomes.get(id);
    if (!outcome) {
      flagIds.set(flagKey, flagIds.get(flagKey) ?? flagIds.size);
      outcome = {
        flagKey,
        value: overridden ? override : find<Flag>('flag', flagKey)?.variants?.[variant!],
        variant,
        reason,
        rule,
        errorCode,
        revision: revisionOf(`flag/${flagKey}`, new Set()),
        id: outcomeIds++,
        flagId: flagIds.get(flagKey),
        count: 0,
        excluded: rule === 'target' || overridden,
        exposes: hash !== undefined,
      } as Outcome;
      outcomes.set(id, outcome);
    }
    if (!outcome.count++) counted.push(outcome);
    try {
      if (hash !== undefined) onExposure?.(outcome, context, hash | 0);
    } catch {
      // Recording must not change an answer.
    }
    return outcome;
  };

  const handle = <T extends JsonValue>(key: string, defaultValue: T): FlagHandle<T> => {
    const details: FlagHandle<T>['details'] = (context) => {
      const outcome = evaluate(key, context, typeof defaultValue);
      return (outcome.value === undefined ? { ...outcome, value: defaultValue } : outcome) as unknown as EvaluationDetails<T>;
    };
    return { key, defaultValue, details, get: (context) => details(context).value };
  };

  const replace = (next: Map<string, EvaluatedDocument>, to: number): [] => {
    documents = next;
    revision = to;
    overlays = new Map();
    for (const found of [...next.values()].sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const flagKey = (found.document as Overlay | null)?.target?.key;
      if (flagKey !== undefined) overlays.set(flagKey, [...(overlays.get(flagKey) ?? []), found]);
    }
    return [];
  };

  const idOf = ({ kind, key }: DocumentId): string => `${kind}/${key}`;
  const entries = (all: Iterable<EvaluatedDocument>) => Array.from(all, (document) => [idOf(document), document] as const);
  return {
    get revision() {
      return revision;
    },
    load(all, to) {
      outcomes = new Map();
      return replace(new Map(entries(all)), to);
    },
    apply({ upserts, deletes, revision: to }) {
      const next = new Map([...documents, ...entries(upserts)]);
      for (const id of deletes) next.delete(idOf(id));
      replace(next, to);
      for (const [id, outcome] of outcomes) {
        if (outcome.revision !== revisionOf(`flag/${outcome.flagKey}`, new Set())) outcomes.delete(id);
      }
      return [];
    },
    boolean: handle,
    string: handle,
    number: handle,
    object: handle,
    evaluate,
    flagKeys: () => [...documents.values()].filter(({ kind }) => kind === 'flag').map(({ key }) => key),
    drainCounts(visit) {
      for (const outcome of counted.splice(0)) {
        const { count } = outcome;
        outcome.count = 0;
        visit(outcome, count);
      }
    },
    setOverrides(values) {
      overrides = values;
      outcomes = new Map();
    },
  };
};
