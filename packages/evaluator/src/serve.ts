// Compiles what a rule, an overlay or the default serves: one outcome, or a split of units over several.
import { compileReadUnit, isAttributeName, readTargetingKey } from './attributes.ts';
import { cutOf } from './bucket.ts';
import { isKind } from './expression.ts';
import type { Findings } from './findings.ts';
import { limits } from './limits.ts';
import { hashInteger, prefixOf } from './murmur3.ts';
import type { OutcomeRecord } from './outcome.ts';
import { Split, type Decide, type HashProbe, type HashUnit, type UnitHash } from './split.ts';
import { slotOf, stickyDecide, type StickyPort } from './sticky.ts';
import { isRecord, nameIn, own, type UntrustedRecord } from './untrusted.ts';

const loneSurrogate = /\p{Surrogate}/u;

/** What is served: one outcome to everybody, a split of units, or what a function decides. */
export interface CompiledServe {
  readonly outcome?: OutcomeRecord;
  readonly split?: Split;
  readonly decide?: Decide;
}

/** What compiling a serve needs to know of its flag. */
export interface ServeScope {
  readonly findings: Findings;
  readonly probe: HashProbe;
  readonly flagKey: string;
  /** True when only findings are wanted. */
  readonly isCheck?: boolean;
  /** What decides when this is served, e.g. `rule:beta`. */
  readonly rule?: string;
  /** Remembers sticky splits. Absent: they are split by the hash alone. */
  readonly sticky?: StickyPort | undefined;
  /** Makes the outcome of a variant, or answers undefined when the flag has none of that name. */
  readonly outcomeOf: (variant: string, split: boolean) => OutcomeRecord | undefined;
  /** Makes a decision of a logic tree; undefined where logic is not served. */
  readonly decideLogic?: ((tree: unknown) => Decide | undefined) | undefined;
}

/** Undefined after something was reported. */
export function compileServe(serve: unknown, scope: ServeScope): CompiledServe | undefined {
  const variant = isRecord(serve) ? own(serve, 'variant') : undefined;
  const split = isRecord(serve) ? own(serve, 'split') : undefined;
  const logic = isRecord(serve) ? own(serve, 'logic') : undefined;
  if (logic !== undefined && variant === undefined && split === undefined)
    return compileServedLogic(logic, scope);
  if ((variant === undefined) === (split === undefined)) {
    scope.findings.add('serve');
    return undefined;
  }
  if (variant === undefined) return compileSplit(split, scope);
  const outcome = typeof variant === 'string' ? scope.outcomeOf(variant, false) : undefined;
  if (outcome !== undefined) return { outcome };
  scope.findings.add('unknown_variant', nameIn(variant), 'variant');
  return undefined;
}

function compileServedLogic(tree: unknown, scope: ServeScope): CompiledServe | undefined {
  if (scope.decideLogic === undefined) {
    scope.findings.add('logic_place', '', 'logic');
    return undefined;
  }
  const decide = scope.decideLogic(tree);
  return decide && { decide };
}

/** What stands for a sound split that is only checked. */
const checkedServe: CompiledServe = { decide: () => undefined };
const checkedHash: UnitHash = { hash: () => undefined, keyPrefix: undefined };

function compileSplit(split: unknown, scope: ServeScope): CompiledServe | undefined {
  const { findings } = scope;
  findings.enter('split');
  const fields = isRecord(split) ? split : {};
  const named = new Map<string, OutcomeRecord>();
  const outcomeOf: ServeScope['outcomeOf'] = (variant, isSplit) => {
    const outcome = scope.outcomeOf(variant, isSplit);
    if (outcome !== undefined) named.set(variant, outcome);
    return outcome;
  };
  const isCheck = scope.isCheck === true;
  const weights = compileWeights(own(fields, 'weights'), isCheck ? scope : { ...scope, outcomeOf });
  const sticky = own(fields, 'sticky') ?? false;
  if (typeof sticky !== 'boolean') findings.add('boolean', '', 'sticky');
  const hash = compileHash(fields, scope.flagKey, findings, isCheck);
  const known =
    (own(fields, 'algorithm') ?? 'murmur3-v2') === 'murmur3-v2' ||
    findings.add('unknown_algorithm', '', 'algorithm');
  findings.leave();
  if (weights === undefined || hash === undefined || !known) return undefined;
  if (isCheck) return checkedServe;
  const compiled = splitOf(hash, weights, scope.probe);
  if (sticky !== true || scope.sticky === undefined) return { split: compiled };
  // `compileHash` has seen to it that a salt is a text.
  const slot = slotOf(scope.flagKey, scope.rule ?? '', (own(fields, 'salt') ?? scope.flagKey) as string);
  return { decide: stickyDecide(compiled, named, slot, scope.sticky) };
}

interface WeightedOutcome {
  readonly outcome: OutcomeRecord;
  readonly weight: number;
}

function compileWeights(weights: unknown, scope: ServeScope): readonly WeightedOutcome[] | undefined {
  const { findings } = scope;
  if (!Array.isArray(weights)) {
    findings.add('weights', '', 'weights');
    return undefined;
  }
  findings.enter('weights');
  const before = findings.list.length;
  const compiled: WeightedOutcome[] = [];
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const entry = compileWeight(weights[i], i, scope);
    if (entry === undefined) continue;
    sum += entry.weight;
    if (entry.weight > 0) compiled.push(entry);
  }
  if (findings.list.length === before && (sum < 1 || sum > limits.weightSumMax))
    findings.add('weight_sum', String(sum));
  findings.leave();
  return findings.list.length === before ? compiled : undefined;
}

function compileWeight(entry: unknown, index: number, scope: ServeScope): WeightedOutcome | undefined {
  const { findings } = scope;
  const variant = isRecord(entry) ? own(entry, 'variant') : undefined;
  const weight = isRecord(entry) ? own(entry, 'weight') : undefined;
  const outcome = typeof variant === 'string' ? scope.outcomeOf(variant, true) : undefined;
  if (outcome === undefined) findings.add('unknown_variant', nameIn(variant), index, 'variant');
  if (typeof weight !== 'number' || !Number.isSafeInteger(weight) || weight < 0) {
    findings.add('weight', '', index, 'weight');
    return undefined;
  }
  return outcome && { outcome, weight };
}

/** The hash of the unit that a split or an overlay names. */
export function compileHash(
  fields: UntrustedRecord,
  saltDefault: string,
  findings: Findings,
  isCheck = false,
): UnitHash | undefined {
  const by = own(fields, 'by');
  const kind = own(fields, 'kind');
  const salt = own(fields, 'salt') ?? saltDefault;
  if (by !== undefined && !isAttributeName(by)) findings.add('attribute', '', 'by');
  else if (!isKind(kind)) findings.add('context_kind', '', 'kind');
  else if (typeof salt !== 'string' || loneSurrogate.test(salt)) findings.add('salt', '', 'salt');
  else {
    if (isCheck) return checkedHash;
    const prefix = prefixOf(salt);
    const readUnit = compileReadUnit(by, kind);
    const hash: HashUnit = (user, context, strict) => {
      const unit = readUnit(user, context, strict);
      if (typeof unit === 'string') return prefix.hashText(unit);
      return unit === undefined ? undefined : hashInteger(prefix, unit);
    };
    return { hash, keyPrefix: readUnit === readTargetingKey ? prefix : undefined };
  }
  return undefined;
}

function splitOf(hash: UnitHash, weights: readonly WeightedOutcome[], probe: HashProbe): Split {
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  const outcomes = weights.map(({ outcome }) => outcome);
  let cumulative = 0;
  const cuts = weights.slice(0, -1).map(({ weight }) => cutOf((cumulative += weight), total));
  return new Split(hash, cuts, outcomes, probe);
}
