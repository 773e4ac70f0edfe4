// The steps of an evaluation, each compiled on top of the next one. docs/spec/evaluation.md says what they mean.
import { compileReadUnit } from './attributes.ts';
import { compileExpression, isKind } from './expression.ts';
import type { Findings } from './findings.ts';
import type { FlagParts } from './flag-parts.ts';
import { compileKeyMap } from './key-set.ts';
import { decideByLogic } from './logic-parts.ts';
import type { OutcomeRecord } from './outcome.ts';
import { isInRanges, type CompiledOverlay } from './overlay.ts';
import type { ProgramCell } from './program.ts';
import { indexRules, type CompiledRule } from './rule-index.ts';
import { isKeyList } from './segment.ts';
import { compileServe, type CompiledServe } from './serve.ts';
import type { Decide, HashProbe, HashUnit } from './split.ts';
import { Step } from './step.ts';
import { isRecord, nameIn, own, type UntrustedRecord } from './untrusted.ts';

/** What stands for the steps of a flag that is only checked. */
const checkedStep = new Step({ decide: () => undefined });

/** The last step. */
export function compileDefault(parts: FlagParts, isStatic: boolean): Step {
  const rule = 'default';
  const authored = own(parts.document, 'default');
  const { findings } = parts.scope;
  findings.enter('default');
  const serve =
    authored === undefined
      ? undefined
      : serveOf(parts, authored, findings, rule, isStatic ? 'STATIC' : 'DEFAULT');
  findings.leave();
  if (parts.scope.isCheck) return checkedStep;
  if (serve === undefined) return new Step({ outcome: parts.outcome({ reason: 'DEFAULT', rule }) });
  if (serve.outcome !== undefined) return new Step(serve);
  const unitMissing = parts.outcome({
    reason: 'ERROR',
    rule,
    errorCode: 'TARGETING_KEY_MISSING',
    errorMessage: 'The context has no unit to split by.',
  });
  return new Step(serve, new Step({ outcome: unitMissing }));
}

function serveOf(
  parts: FlagParts,
  authored: unknown,
  findings: Findings,
  rule: string,
  reason: 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT',
): CompiledServe | undefined {
  const { variants, scope } = parts;
  return compileServe(authored, {
    findings,
    probe: scope.probe,
    flagKey: scope.owner.flagKey,
    isCheck: scope.isCheck,
    rule,
    sticky: scope.sticky,
    outcomeOf(variant, isSplit) {
      const value = variants.get(variant);
      const why = isSplit ? 'SPLIT' : reason;
      return value === undefined
        ? undefined
        : parts.outcome({ reason: why, rule, variant, value, exposes: why === 'SPLIT' });
    },
    decideLogic: reason === 'TARGETING_MATCH' ? (tree) => decideByLogic(tree, rule, parts) : undefined,
  });
}

/** The rules, by index where that pays. */
export function compileRules(parts: FlagParts, next: Step): Step {
  const rules: CompiledRule[] = [];
  const ids = new Set<string>();
  eachRecord(parts, 'rules', (rule) => {
    const { findings } = parts.scope;
    const id = own(rule, 'id');
    if (typeof id !== 'string' || id === '') findings.add('rule_id', '', 'id');
    else if (ids.has(id)) findings.add('rule_id_repeated', id, 'id');
    else ids.add(id);
    findings.enter('when');
    const when = compileExpression(own(rule, 'when'), parts.scope);
    findings.leave();
    findings.enter('serve');
    const serve = serveOf(parts, own(rule, 'serve'), findings, `rule:${nameIn(id)}`, 'TARGETING_MATCH');
    findings.leave();
    if (when !== undefined && serve !== undefined) rules.push({ when, serve });
  });
  if (parts.scope.isCheck) return next;
  const indexed = indexRules(rules);
  if (indexed !== undefined) return new Step({ decide: indexed }, next);
  return rules.reduceRight((step, { when, serve }) => new Step(serve, step, when), next);
}

/** The first step that decides, else `next`. */
function firstOf(steps: readonly Decide[], next: Step): Step {
  return steps.reduceRight((step, decide) => new Step({ decide }, step), next);
}

/** Live overlays, in the order of their keys. One whose patch the flag cannot serve is left out and reported. */
export function compileOverlays(parts: FlagParts, next: Step): Step {
  const groups: OverlayMember[][] = [];
  for (const { key, overlay, findings } of parts.scope.overlays) {
    findings.enter('patch');
    findings.enter('serve');
    const serve = serveOf(parts, overlay.serve, findings, `overlay:${key}`, 'SPLIT');
    findings.leave();
    findings.leave();
    if (serve === undefined || !overlay.live) continue;
    const member: OverlayMember = { overlay, serve: new Step(serve) };
    const last = groups.at(-1);
    if (last?.[0]?.overlay.bucketing === overlay.bucketing) last.push(member);
    else groups.push([member]);
  }
  const { probe } = parts.scope;
  return firstOf(
    groups.map((members) => decideOverlays(members, probe)),
    next,
  );
}

interface OverlayMember {
  readonly overlay: CompiledOverlay;
  readonly serve: Step;
}

/** Overlays that bucket alike, as those of one layer do: the unit is hashed once for all of them. */
function decideOverlays(members: readonly OverlayMember[], probe: HashProbe): Decide {
  const { hash } = members[0]!.overlay;
  return (user, context, strict) => {
    const unitHash = hash(user, context, strict);
    if (unitHash === undefined) return undefined;
    for (let i = 0; i < members.length; i++) {
      const { overlay, serve } = members[i]!;
      if (!isInRanges(unitHash, overlay.ranges)) continue;
      if (overlay.eligible !== undefined && !overlay.eligible(user, context, strict)) continue;
      probe.last = unitHash;
      const decided = serve.serve(user, context, strict);
      if (decided !== undefined) return decided;
    }
    return undefined;
  };
}

/** Individual targets; the first that names the unit counts. */
export function compileTargets(parts: FlagParts, next: Step): Step {
  const byVariant = new Map<unknown, OutcomeRecord>();
  const groups: TargetGroup[] = [];
  const analysed = analysedHash(parts);
  eachRecord(parts, 'targets', (target) => {
    const entries = takeTarget(parts, target, byVariant, analysed !== undefined);
    const kind = own(target, 'kind') as string | undefined;
    const hashed = own(target, 'hashed') as string | undefined;
    const last = groups.at(-1);
    if (last !== undefined && last.kind === kind && last.hashed === hashed) last.entries.push(...entries);
    else groups.push({ kind, hashed, entries: [...entries] });
  });
  const steps = groups.map(({ kind, hashed, entries }): Decide => {
    const keys = compileKeyMap(entries, hashed, parts.scope.digest);
    const readUnit = compileReadUnit(undefined, kind);
    return (user, context, strict) => {
      const unit = readUnit(user, context, strict);
      const outcome = unit === undefined ? undefined : keys.get(unit);
      if (outcome !== undefined && analysed !== undefined)
        parts.scope.probe.last = analysed(user, context, strict) ?? 0;
      return outcome;
    };
  });
  return firstOf(steps, next);
}

/**
 * The unit's hash in the first overlay whose exposures are analysed: there, units that are targeted or overridden are told,
 * so that they can be left out whatever else they see.
 */
export const analysedHash = ({ scope }: FlagParts): HashUnit | undefined =>
  scope.overlays.find(({ overlay }) => overlay.live && overlay.report !== undefined)?.overlay.hash;

interface TargetGroup {
  readonly kind: string | undefined;
  readonly hashed: string | undefined;
  readonly entries: (readonly [string, OutcomeRecord])[];
}

function takeTarget(
  { scope: { findings }, variants, outcome }: FlagParts,
  target: UntrustedRecord,
  byVariant: Map<unknown, OutcomeRecord>,
  exposes: boolean,
): readonly (readonly [string, OutcomeRecord])[] {
  const variant = own(target, 'variant');
  const keys = own(target, 'keys');
  const value = variants.get(variant);
  const hashed = own(target, 'hashed') ?? '';
  if (value === undefined) findings.add('unknown_variant', nameIn(variant), 'variant');
  if (!isKind(own(target, 'kind'))) findings.add('context_kind', '', 'kind');
  if (typeof hashed !== 'string') findings.add('hashed', '', 'hashed');
  if (!isKeyList(keys)) findings.add('keys', '', 'keys');
  if (value === undefined || !isKeyList(keys)) return [];
  const fields = {
    reason: 'TARGETING_MATCH',
    rule: 'target',
    variant: variant as string,
    value,
    excluded: true,
    exposes,
  } as const;
  const made = byVariant.get(variant) ?? outcome(fields);
  byVariant.set(variant, made);
  return keys.map((key) => [key, made] as const);
}

/** Prerequisites, in their order; the first that fails decides. */
export function compilePrerequisites(parts: FlagParts, next: Step): Step {
  const steps: Decide[] = [];
  eachRecord(parts, 'prerequisites', (prerequisite) => {
    const flag = own(prerequisite, 'flag');
    const variants = own(prerequisite, 'variants');
    if (!isKeyList(variants) || variants.length === 0)
      parts.scope.findings.add('prerequisite_variants', '', 'variants');
    if (typeof flag !== 'string') parts.scope.findings.add('prerequisite_flag', '', 'flag');
    else {
      const failed = parts.off('DEFAULT', `prerequisite:${flag}`);
      steps.push(requireFlag(parts.scope.flag(flag), isKeyList(variants) ? variants : [], failed));
    }
  });
  return firstOf(steps, next);
}

function requireFlag(cell: ProgramCell, variants: readonly string[], failed: OutcomeRecord): Decide {
  const accepted: ReadonlySet<unknown> = new Set(variants);
  return (user, context, strict) => {
    const outcome = cell.program.first.walk(user, context, strict);
    return !outcome.off && accepted.has(outcome.variant) ? undefined : failed;
  };
}

/** Visits the records of a list, with the findings at their place; reports what is no list and no record. */
function eachRecord(
  { document, scope }: FlagParts,
  name: string,
  visit: (record: UntrustedRecord) => void,
): void {
  const list = own(document, name) ?? [];
  const { findings } = scope;
  if (!Array.isArray(list)) {
    findings.add('list', '', name);
    return;
  }
  findings.enter(name);
  list.forEach((record: unknown, index) => {
    findings.enter(index);
    if (isRecord(record)) visit(record);
    else findings.add('record');
    findings.leave();
  });
  findings.leave();
}
