// Invariants and forbidden combinations, for every combination of values that a context can get: the values, each rule's
// patch, each overlay's patch on top of those.
import type { EvaluationContext } from '@org/contract/model';
import { createEvaluator } from '../evaluator.ts';
import { isRecord, nameIn, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import type { EffectiveConfig } from './effective.ts';
import { compileCondition, eachExpression, type FindExpression, type RunCondition } from './formula.ts';
import { patchesOfRule, type Path } from './expressions.ts';
import { Served, type ServedConfig } from './served.ts';
import { setMember, valueAt } from './tree.ts';

/** More are not looked at: 200 rules under 50 overlays. */
const combinationsMax = 10_000;

/** A combination that breaks something. */
export interface Broken {
  /** Whose patch it is, undefined for the config itself. */
  readonly overlayKey: string | undefined;
  /** Where in that document. */
  readonly path: Path;
  readonly rule: 'invariant' | 'forbidden_combination';
  readonly message: string;
}

/** An overlay's or an experiment variant's patch, and where it stands. */
export interface PlacedPatch {
  readonly overlayKey: string;
  readonly path: Path;
  readonly patch: unknown;
}

interface Layer {
  readonly served: Served;
  readonly path: Path;
}

/** Everything broken; each place once for each invariant. */
export function brokenCombinations(
  effective: EffectiveConfig,
  ownRules: number,
  patches: readonly PlacedPatch[],
): readonly Broken[] {
  const config: ServedConfig = { ...effective, find: () => undefined };
  const judge = createJudge(effective);
  const found: Broken[] = [];
  const base = new Served(config, undefined);
  const layersOf = (rules: readonly unknown[], path: Path, ownMax: number): readonly Layer[] => [
    { served: base, path: [] },
    ...rules.filter(isRecord).flatMap((rule, index) =>
      patchesOfRule(rule)
        .filter(({ values }) => values !== undefined)
        .map(({ values, below }) => ({
          served: new Served(config, values),
          path: index < ownMax ? [...path, index, ...below] : ['extends'],
        })),
    ),
  ];
  let left = combinationsMax;
  const judgeAll = (
    layers: readonly Layer[],
    overlayKey: string | undefined,
    path?: Path,
    patch?: unknown,
  ): void => {
    const told = new Set<string>();
    for (const layer of layers) {
      if (--left < 0) return;
      const served = path === undefined ? layer.served : new Served(config, patch, layer.served);
      for (const { rule, message } of judge(served)) {
        if (path !== undefined && told.has(message)) continue;
        told.add(message);
        const at = path ?? (layer.path.length === 0 ? ['values'] : layer.path);
        found.push({ overlayKey, path: at, rule, message });
      }
    }
  };
  judgeAll(layersOf(effective.rules, ['rules'], ownRules), undefined);
  if (found.length > 0) return found;
  for (const { overlayKey, path, patch } of patches) {
    if (!isRecord(patch)) continue;
    const rules = own(patch, 'rules');
    const layers = layersOf(Array.isArray(rules) ? rules : effective.rules, ['rules'], Infinity);
    judgeAll(layers, overlayKey, path, own(patch, 'values'));
  }
  return found;
}

type Judge = (served: Served) => readonly Pick<Broken, 'rule' | 'message'>[];

/** Says what a combination of values breaks. */
export function createJudge(effective: EffectiveConfig): Judge {
  const { invariants, forbidden } = effective;
  const find = findOverTree(invariants);
  const conditions = invariants.map((invariant): [string, RunCondition] => [
    `${String(own(invariant, 'message'))} (invariant "${String(own(invariant, 'id'))}")`,
    compileCondition(own(invariant, 'require'), find),
  ]);
  const names = namesRead(effective);
  return (served) => {
    const tree: Record<string, unknown> = {};
    for (const name of names) setMember(tree, name, served.at(name)?.value);
    // Of kind multi: a parameter may have any name, also "kind".
    const context = { kind: 'multi', user: tree };
    const broken = conditions
      .filter(([, holds]) => !holds(context, served))
      .map(([message]) => ({ rule: 'invariant' as const, message }));
    const forbade = forbidden
      .filter((combination) => isMet(combination, tree))
      .map((combination) => ({
        rule: 'forbidden_combination' as const,
        message: String(own(combination, 'message')),
      }));
    return [...broken, ...forbade];
  };
}

/** The top-level parameters that have to be in the tree: all of them where an invariant reads it as a context. */
function namesRead({ invariants, forbidden, flat }: EffectiveConfig): readonly string[] {
  const top = [...flat.keys()].filter((path) => !path.includes('.'));
  const isContext = invariants.some((invariant) =>
    /"(attribute|logic|segment)"/.test(JSON.stringify(invariant)),
  );
  if (isContext) return top;
  const forbade = forbidden.flatMap((combination) => {
    const values = own(combination, 'values');
    return isRecord(values) ? Object.keys(values).map((path) => path.split('.')[0]) : [];
  });
  return top.filter((name) => forbade.includes(name));
}

function isMet(combination: UntrustedRecord, tree: UntrustedRecord): boolean {
  const values = own(combination, 'values');
  if (!isRecord(values) || Object.keys(values).length === 0) return false;
  return Object.keys(values).every(
    (path) => JSON.stringify(valueAt(tree, path)) === JSON.stringify(own(values, path)),
  );
}

/** The expressions of invariants, evaluated over trees of values as if those were contexts. */
function findOverTree(invariants: readonly UntrustedRecord[]): FindExpression {
  const keys = new Map<string, string>();
  for (const invariant of invariants)
    eachExpression(own(invariant, 'require'), (expression) => {
      const text = JSON.stringify(expression);
      keys.set(text, keys.get(text) ?? String(keys.size));
    });
  const evaluator = createEvaluator();
  evaluator.load(
    [...keys].map(([text, key]) => ({
      ...{ kind: 'flag', key, revision: 1 },
      document: {
        type: 'boolean',
        enabled: true,
        variants: { yes: true, no: false },
        rules: [{ id: 'when', when: JSON.parse(text) as unknown, serve: { variant: 'yes' } }],
        default: { variant: 'no' },
      },
    })),
    1,
  );
  return (expression) => {
    const handle = evaluator.boolean(keys.get(JSON.stringify(expression)) ?? '', false);
    return (context) => handle.get(context as EvaluationContext);
  };
}

/** The tests of an invariant that read what is no parameter. */
export function unknownInInvariant(
  invariant: UntrustedRecord,
  { flat }: EffectiveConfig,
): readonly { readonly name: string; readonly path: Path }[] {
  const found: { name: string; path: Path }[] = [];
  const visit = (node: unknown, path: Path, depth: number): void => {
    if (!isRecord(node) || depth > 40) return;
    const attribute = own(node, 'attribute');
    if (attribute !== undefined) {
      const names = (Array.isArray(attribute) ? attribute : [attribute]).map(nameIn);
      const isKnown = names.some((_, index) => flat.has(names.slice(0, index + 1).join('.')));
      if (!isKnown || own(node, 'kind') !== undefined)
        found.push({ name: names.join('.'), path: [...path, 'attribute'] });
    }
    for (const member of ['left', 'right', 'when', 'then', 'else'])
      visit(own(node, member), [...path, member], depth + 1);
    const of = own(node, 'of');
    if (!Array.isArray(of)) return visit(of, [...path, 'of'], depth + 1);
    ownList(node, 'of').forEach((part, index) => visit(part, [...path, 'of', index], depth + 1));
  };
  visit(own(invariant, 'require'), [], 1);
  return found;
}
