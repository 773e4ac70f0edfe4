// Every condition that a config or a patch of one holds, with its place: what checks look through.
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import { eachExpression, eachFormulaExpression } from './formula.ts';
import type { Parameter, ParameterMap } from './parameters.ts';

export type Path = readonly (string | number)[];

/** An expression that the evaluator is to take as it stands. */
export interface PlacedExpression {
  readonly expression: unknown;
  readonly path: Path;
}

/** A formula or condition, whole. */
export interface PlacedLogic {
  readonly type: 'condition' | 'formula';
  readonly value: unknown;
  readonly path: Path;
}

/** The conditions and formulas of a config's own document. */
export function logicOfConfig(document: UntrustedRecord, parameters: ParameterMap): readonly PlacedLogic[] {
  const found: PlacedLogic[] = [];
  inSchema(own(document, 'schema'), parameters, ['schema'], found);
  inTree(own(document, 'values'), parameters, ['values'], found);
  inRules(own(document, 'rules'), parameters, ['rules'], found);
  return found;
}

/** The same of a patch. */
export function logicOfPatch(patch: unknown, parameters: ParameterMap, path: Path): readonly PlacedLogic[] {
  const found: PlacedLogic[] = [];
  if (!isRecord(patch)) return found;
  inTree(own(patch, 'values'), parameters, [...path, 'values'], found);
  inRules(own(patch, 'rules'), parameters, [...path, 'rules'], found);
  return found;
}

/** What the evaluator has to take: the conditions of rules, and the parts of others that compare no formulas. */
export function expressionsOf(
  rules: unknown,
  rulesPath: Path,
  logic: readonly PlacedLogic[],
): readonly PlacedExpression[] {
  const found: PlacedExpression[] = [];
  if (Array.isArray(rules)) {
    rules.forEach((rule: unknown, index) => {
      if (isRecord(rule)) found.push({ expression: own(rule, 'when'), path: [...rulesPath, index, 'when'] });
    });
  }
  for (const { type, value, path } of logic) {
    const add = (expression: unknown, below: Path): void =>
      void found.push({ expression, path: [...path, ...below] });
    if (type === 'condition') eachExpression(value, add);
    else eachFormulaExpression(value, add);
  }
  return found;
}

function inSchema(schema: unknown, parameters: ParameterMap, path: Path, found: PlacedLogic[]): void {
  if (!isRecord(schema)) return;
  for (const name of Object.keys(schema)) {
    const parameter = parameters.get(name);
    const spec = own(schema, name);
    if (parameter === undefined || !isRecord(spec)) continue;
    const at = [...path, name];
    if (parameter.members !== undefined)
      inSchema(own(spec, 'members'), parameter.members, [...at, 'members'], found);
    else inSpec(parameter, spec, at, found);
  }
}

function inSpec({ type }: Parameter, spec: UntrustedRecord, path: Path, found: PlacedLogic[]): void {
  inValue(type, own(spec, 'default'), [...path, 'default'], found);
  const evolve = own(spec, 'evolve');
  if (!isRecord(evolve)) return;
  for (const list of ['candidates', 'clauses'])
    ownList(evolve, list).forEach((value, index) =>
      inValue(type, value, [...path, 'evolve', list, index], found),
    );
  if (type === 'pipeline') inValue(type, own(evolve, 'steps'), [...path, 'evolve', 'steps'], found);
}

function inTree(tree: unknown, parameters: ParameterMap, path: Path, found: PlacedLogic[]): void {
  if (!isRecord(tree)) return;
  for (const { name, type, members } of parameters.values()) {
    const value = own(tree, name);
    if (value === undefined || value === null) continue;
    if (members !== undefined) inTree(value, members, [...path, name], found);
    else inValue(type, value, [...path, name], found);
  }
}

function inRules(rules: unknown, parameters: ParameterMap, path: Path, found: PlacedLogic[]): void {
  if (!Array.isArray(rules)) return;
  rules.forEach((rule: unknown, index) => {
    if (!isRecord(rule)) return;
    for (const { values, below } of patchesOfRule(rule))
      inTree(values, parameters, [...path, index, ...below], found);
  });
}

/** The patches of a rule: its own, or those of its shares. */
export function patchesOfRule(
  rule: UntrustedRecord,
): readonly { readonly values: unknown; readonly below: Path }[] {
  const split = own(rule, 'split');
  const shares = isRecord(split) ? ownList(split, 'weights') : [];
  return [
    { values: own(rule, 'patch'), below: ['patch'] },
    ...shares.map((share, index) => ({
      values: isRecord(share) ? own(share, 'patch') : undefined,
      below: ['split', 'weights', index, 'patch'],
    })),
  ];
}

function inValue(type: string, value: unknown, path: Path, found: PlacedLogic[]): void {
  if (value === undefined) return;
  if (type === 'condition' || type === 'formula') found.push({ type, value, path });
  if (type !== 'pipeline' || !Array.isArray(value)) return;
  value.forEach((step: unknown, index) => {
    const when = isRecord(step) ? own(step, 'when') : undefined;
    if (when !== undefined) found.push({ type: 'condition', value: when, path: [...path, index, 'when'] });
  });
}
