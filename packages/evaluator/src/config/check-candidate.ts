// The check of many patches of one config, one after the other: what commits check, with everything that the patches have in
// common prepared once. Conditions are tried on sample contexts. Never throws.
import type { ConfigPatch, EvaluationContext } from '@org/contract/model';
import { checkDocument } from '../check-document.ts';
import { createEvaluator } from '../evaluator.ts';
import { formatPath } from '../findings.ts';
import { isRecord, own } from '../untrusted.ts';
import { createJudge } from './check-combinations.ts';
import { checkLogic } from './check-logic.ts';
import { checkPatchRules, checkPatchValues } from './check-patch.ts';
import type { Report } from './check-value.ts';
import type { EffectiveConfig } from './effective.ts';
import { expressionsOf, logicOfPatch, patchesOfRule } from './expressions.ts';
import type { FindExpression } from './formula.ts';
import { Served, type ServedConfig } from './served.ts';

/** Something in which a patch does not hold. */
export interface CandidateProblem {
  /** Below the patch. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** Compiled conditions are kept up to so many; then all are forgotten. */
const compiledMax = 1_000;

/** Makes the check. `contexts`: what candidates are evaluated for; formulas must give finite numbers there or fall back. */
export function createCandidateCheck(
  effective: EffectiveConfig,
  contexts: readonly EvaluationContext[] = [],
): (patch: ConfigPatch) => readonly CandidateProblem[] {
  const config: ServedConfig = { ...effective, find: createFind() };
  const judge = createJudge(effective);
  const problemsOf = createExpressionCheck();
  return (patch) => {
    const problems: CandidateProblem[] = [];
    const reportAt =
      (member: string): Report =>
      (rule, message, ...path) =>
        problems.push({ path: formatPath([member, ...path]), rule, message });
    checkPatchValues(effective, patch.values, reportAt('values'));
    checkPatchRules(effective, patch.rules, reportAt('rules'));
    const logic = logicOfPatch(patch, effective.parameters, []);
    for (const placed of logic)
      checkLogic(placed, effective, (rule, message, ...path) =>
        problems.push({ path: formatPath(path), rule, message }),
      );
    for (const { expression, path } of expressionsOf(patch.rules, ['rules'], logic))
      for (const { rule, message } of problemsOf(expression))
        problems.push({ path: formatPath(path), rule, message });
    if (problems.length > 0) return problems;
    const rules: readonly unknown[] = patch.rules ?? effective.rules;
    const layers = [
      undefined,
      ...rules
        .filter(isRecord)
        .flatMap((rule) =>
          patchesOfRule(rule).flatMap(({ values }) => (values === undefined ? [] : [values])),
        ),
    ];
    for (const layer of layers) {
      const below = layer === undefined ? undefined : new Served(config, layer);
      const served = new Served(config, patch.values, below);
      for (const { rule, message } of judge(served)) problems.push({ path: 'values', rule, message });
      if (problems.length === 0) tryOut(served, effective, contexts, problems);
      if (problems.length > 0) return problems;
    }
    return problems;
  };
}

/** Evaluates everything that is evaluated, for every context. */
function tryOut(
  served: Served,
  { flat }: EffectiveConfig,
  contexts: readonly EvaluationContext[],
  problems: CandidateProblem[],
): void {
  for (const { path, type } of flat.values()) {
    if (contexts.length === 0 || (type !== 'formula' && type !== 'condition')) continue;
    const parameter = served.at(path);
    for (const context of contexts) {
      parameter?.test?.(context, served);
      const result = parameter?.formula === undefined ? 0 : served.resultOf(parameter, context);
      if (Number.isFinite(result) || Number.isFinite(parameter?.fallback)) continue;
      problems.push({ path: `values.${path}`, rule: 'no_result', message: 'The formula has no result.' });
      break;
    }
  }
}

type Finding = Pick<CandidateProblem, 'rule' | 'message'>;

/** What the checks of flags find in an expression; candidates have most of theirs in common, the very same objects. */
function createExpressionCheck(): (expression: unknown) => readonly Finding[] {
  const checked = new Map<unknown, readonly Finding[]>();
  return (expression) => {
    const known = checked.get(expression);
    if (known !== undefined) return known;
    const problems = checkDocument('flag', 'candidate', asFlag(expression));
    const found = problems.map(({ rule, message }) => ({ rule, message }));
    if (checked.size >= compiledMax) checked.clear();
    checked.set(expression, found);
    return found;
  };
}

const asFlag = (expression: unknown): object => ({
  type: 'boolean',
  enabled: true,
  variants: { yes: true, no: false },
  rules: [{ id: 'when', when: expression, serve: { variant: 'yes' } }],
  default: { variant: 'no' },
});

function createFind(): FindExpression {
  const compiled = new Map<string, (context: unknown) => boolean>();
  return (expression) => {
    if (!isRecord(expression) || own(expression, 'op') === undefined) return undefined;
    const text = JSON.stringify(expression);
    const known = compiled.get(text);
    if (known !== undefined) return known;
    if (compiled.size >= compiledMax) compiled.clear();
    const evaluator = createEvaluator();
    evaluator.load([{ kind: 'flag', key: 'when', revision: 1, document: asFlag(expression) }], 1);
    const handle = evaluator.boolean('when', false);
    const run = (context: unknown): boolean => handle.get(context as EvaluationContext);
    compiled.set(text, run);
    return run;
  };
}
