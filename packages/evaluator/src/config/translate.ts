// A config as flags, so that it has their targeting, splits, overlays and exposures: one flag that says which rule or overlay
// applies, and one for each condition among its values. Pure but for the handles it is given.
import type { EvaluationContext, JsonValue } from '@org/contract/model';
import type { EvaluatedDocument, FlagHandle } from '../types.ts';
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import { Choice, OverlayServed, RuleServed } from './choice.ts';
import type { EffectiveConfig } from './effective.ts';
import { eachExpression, eachFormulaExpression } from './formula.ts';
import { configLimits } from './limits.ts';
import type { ParameterMap } from './parameters.ts';
import { Served, type ServedConfig } from './served.ts';

/** The key of the flag that stands for a config, and what exposures call it. */
export const configFlagKey = (key: string): string => `config:${key}`;
/** What the parts of a config are called: no authored key holds a control character. */
const partPrefix = '\u0000config:';
export const isPartKey = (flagKey: string): boolean => flagKey.startsWith(partPrefix);
const partKey = (key: string, part: string): string => `${partPrefix}${key}\u0000${part}`;

/** What the translation needs of the evaluator that gets the flags. */
export interface Handles {
  boolean(key: string, defaultValue: boolean): FlagHandle<boolean>;
  object(key: string, defaultValue: never): FlagHandle<never>;
}

/** An overlay on the config. */
export interface ConfigOverlay {
  readonly key: string;
  readonly revision: number;
  readonly document: UntrustedRecord;
}

/** Names of conditions, kept from one translation to the next: what a name stands for never changes. */
export interface ConditionNames {
  readonly byText: ReadonlyMap<string, string>;
  readonly next: number;
}
export const noConditions: ConditionNames = { byText: new Map(), next: 0 };

/** The config as documents of flags and overlays. */
export interface Translation {
  readonly documents: readonly EvaluatedDocument[];
  readonly conditions: ConditionNames;
  readonly config: ServedConfig;
}

/** Translates a config with its overlays. */
export function translateConfig(
  effective: EffectiveConfig,
  overlays: readonly ConfigOverlay[],
  before: ConditionNames,
  handles: Handles,
): Translation {
  const { key, revision } = effective;
  const conditions = nameConditions(effective, overlays, before);
  const tests = new Map<string, FlagHandle<boolean>>();
  const config: ServedConfig = {
    ...effective,
    find(expression) {
      const name = conditions.byText.get(JSON.stringify(expression));
      if (name === undefined) return undefined;
      const test = tests.get(name) ?? handles.boolean(partKey(key, name), false);
      tests.set(name, test);
      return (context) => test.get(context as EvaluationContext);
    },
  };
  const choices = new Choices();
  const documents: EvaluatedDocument[] = [];
  const put = (flagKey: string, rules: readonly UntrustedRecord[], named = new Choices()): void => {
    const flag = flagOf(config, rules, named);
    documents.push({ kind: 'flag', key: flagKey, revision, document: flag });
  };
  for (const { key: overlayKey, revision: overlayRevision, document } of overlays) {
    const { serve, patches } = patchesOf(document);
    for (const [variant, patch] of patches) {
      const rules = isRecord(patch) ? own(patch, 'rules') : undefined;
      const part = Array.isArray(rules) ? `rules ${overlayKey} ${variant}` : 'rules';
      if (Array.isArray(rules))
        put(partKey(key, part), rules.filter(isRecord).slice(0, configLimits.rulesMax));
      const handle = handles.object(partKey(key, part), null as never) as FlagHandle<object>;
      const values = isRecord(patch) ? own(patch, 'values') : undefined;
      choices.add(variant, `overlay:${overlayKey}`, new OverlayServed(config, values, handle));
    }
    const target = { kind: 'flag', key: configFlagKey(key) };
    const translated = { ...document, target, patch: { serve } };
    documents.push({ kind: 'overlay', key: overlayKey, revision: overlayRevision, document: translated });
  }
  if (overlays.length > 0) put(partKey(key, 'rules'), config.rules);
  put(configFlagKey(key), config.rules, choices);
  for (const [text, name] of conditions.byText)
    documents.push({ kind: 'flag', key: partKey(key, name), revision, document: testOf(text) });
  return { documents, conditions, config };
}

/** Variants of a flag by their names. */
class Choices {
  readonly byVariant = new Map<string, Choice>();

  add(variant: string, rule: string, served: RuleServed | OverlayServed): void {
    const choice = this.byVariant.get(variant) ?? new Choice();
    choice.set(rule, served);
    this.byVariant.set(variant, choice);
  }
}

const base = 'default';

function flagOf(config: ServedConfig, rules: readonly UntrustedRecord[], choices: Choices): object {
  choices.add(base, base, new RuleServed(new Served(config, undefined)));
  const translated = rules.map((rule) => {
    const id = own(rule, 'id');
    const decided = `rule:${String(id)}`;
    const serve = (variant: string, patch: unknown): void =>
      choices.add(variant, decided, new RuleServed(new Served(config, patch)));
    return { id, when: own(rule, 'when'), serve: serveOf(config.key, decided, rule, serve) };
  });
  return {
    type: 'object',
    enabled: true,
    variants: Object.fromEntries(choices.byVariant),
    rules: translated,
    default: { variant: base },
  };
}

function serveOf(
  key: string,
  decided: string,
  rule: UntrustedRecord,
  serve: (variant: string, patch: unknown) => void,
): object {
  const split = own(rule, 'split');
  if (!isRecord(split)) {
    serve(decided, own(rule, 'patch'));
    return { variant: decided };
  }
  const weights = ownList(split, 'weights')
    .filter(isRecord)
    .map((share) => {
      const variant = String(own(share, 'variant'));
      serve(variant, own(share, 'patch'));
      return { variant, weight: own(share, 'weight') };
    });
  return { split: { ...split, weights, salt: own(split, 'salt') ?? configFlagKey(key) } };
}

/** The patches of an overlay by variant, and who gets which. */
function patchesOf(overlay: UntrustedRecord): {
  readonly serve: unknown;
  readonly patches: readonly (readonly [string, unknown])[];
} {
  const patch = own(overlay, 'patch');
  const named = isRecord(patch) ? own(patch, 'configPatches') : undefined;
  if (isRecord(patch) && isRecord(named))
    return {
      serve: own(patch, 'serve'),
      patches: Object.keys(named).map((name) => [name, own(named, name)]),
    };
  const one = isRecord(patch) ? own(patch, 'configPatch') : undefined;
  if (one === undefined) return { serve: undefined, patches: [] };
  return { serve: { variant: 'patch' }, patches: [['patch', one]] };
}

const testOf = (text: string): object => ({
  type: 'boolean',
  enabled: true,
  variants: { yes: true, no: false },
  rules: [{ id: 'when', when: JSON.parse(text) as JsonValue, serve: { variant: 'yes' } }],
  default: { variant: 'no' },
});

/** Every condition that may be among the values, named as it was before. */
function nameConditions(
  { parameters, values, rules }: EffectiveConfig,
  overlays: readonly ConfigOverlay[],
  before: ConditionNames,
): ConditionNames {
  const byText = new Map<string, string>();
  let { next } = before;
  const name = (expression: UntrustedRecord): void => {
    const text = JSON.stringify(expression);
    if (byText.has(text) || byText.size >= configLimits.conditionsMax) return;
    byText.set(text, before.byText.get(text) ?? `when ${next++}`);
  };
  const visit = (tree: unknown): void => eachCondition(parameters, tree, name);
  const visitRules = (list: readonly unknown[]): void => {
    for (const rule of list.filter(isRecord)) {
      visit(own(rule, 'patch'));
      const split = own(rule, 'split');
      if (isRecord(split))
        for (const share of ownList(split, 'weights')) if (isRecord(share)) visit(own(share, 'patch'));
    }
  };
  eachDefault(parameters, name);
  visit(values);
  visitRules(rules);
  for (const { document } of overlays) {
    for (const [, patch] of patchesOf(document).patches) {
      if (!isRecord(patch)) continue;
      visit(own(patch, 'values'));
      visitRules(ownList(patch, 'rules'));
    }
  }
  return { byText, next };
}

type Visit = (expression: UntrustedRecord) => void;

function eachDefault(parameters: ParameterMap, visit: Visit): void {
  for (const { type, spec, members } of parameters.values()) {
    if (members !== undefined) eachDefault(members, visit);
    else eachIn(type, own(spec, 'default'), visit);
  }
}

function eachCondition(parameters: ParameterMap, tree: unknown, visit: Visit): void {
  if (!isRecord(tree)) return;
  for (const { name, type, members } of parameters.values()) {
    const value = own(tree, name);
    if (value === undefined) continue;
    if (members !== undefined) eachCondition(members, value, visit);
    else eachIn(type, value, visit);
  }
}

function eachIn(type: string, value: unknown, visit: Visit): void {
  if (type === 'condition') eachExpression(value, visit);
  if (type === 'formula') eachFormulaExpression(value, visit);
  if (type === 'pipeline' && Array.isArray(value))
    for (const step of value) if (isRecord(step)) eachExpression(own(step, 'when'), visit);
}
