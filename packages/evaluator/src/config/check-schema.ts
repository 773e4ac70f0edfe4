// Whether a config's own schema makes sense: defaults and candidates fit, bounds have an order, names are there.
import { checkPattern } from '../pattern/check-pattern.ts';
import { compilePattern } from '../values/compile-pattern.ts';
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import { checkValue, fits, type Report } from './check-value.ts';
import { parseDuration } from './duration.ts';
import type { EffectiveConfig } from './effective.ts';
import { looseParameter, readParameters, type Parameter, type ParameterMap } from './parameters.ts';

/** Reports everything that is wrong with the parameters a document declares, below `schema`. */
export function checkSchema(document: UntrustedRecord, effective: EffectiveConfig, report: Report): void {
  const declared = readParameters(own(document, 'schema'));
  checkDeclared(declared, under(report, 'schema'));
  const former = new Map<unknown, string>();
  for (const { path, spec } of effective.flat.values()) {
    const before = own(spec, 'renamedFrom');
    if (typeof before !== 'string') continue;
    const at = placeOf(path);
    if (effective.flat.has(before))
      report('renamed_from', `There still is a parameter "${before}".`, ...at, 'renamedFrom');
    if (former.has(before))
      report('renamed_from', `"${former.get(before)}" was renamed from it, too.`, ...at, 'renamedFrom');
    former.set(before, path);
  }
  checkGroups(document, effective, report);
}

/** Where a parameter is declared. */
export const placeOf = (path: string): readonly (string | number)[] => {
  const names = path.split('.');
  return ['schema', ...names.flatMap((name, index) => (index === 0 ? [name] : ['members', name]))];
};

const under =
  (report: Report, ...at: readonly (string | number)[]): Report =>
  (rule, message, ...path) =>
    report(rule, message, ...at, ...path);

function checkDeclared(parameters: ParameterMap, report: Report): void {
  for (const parameter of parameters.values()) {
    const at = under(report, parameter.name);
    if (parameter.members !== undefined) checkDeclared(parameter.members, under(at, 'members'));
    else checkParameter(parameter, at);
  }
}

function checkParameter(parameter: Parameter, report: Report): void {
  const { type, spec } = parameter;
  checkValue(parameter, own(spec, 'default'), under(report, 'default'));
  checkOrder(spec, type === 'duration' ? parseDuration : Number, ['min', 'max'], report);
  checkOrder(spec, Number, ['lengthMin', 'lengthMax'], report);
  checkOrder(spec, Number, ['itemsMin', 'itemsMax'], report);
  checkOrder(spec, Number, ['stepsMin', 'stepsMax'], report);
  const step = own(spec, 'step');
  if (step !== undefined && !((type === 'duration' ? parseDuration(step) : Number(step)) > 0))
    report('step', 'Must be more than 0.', 'step');
  if (own(spec, 'scale') === 'log' && !(amount(type, own(spec, 'min')) > 0))
    report('scale', 'A logarithmic scale needs a "min" above 0.', 'scale');
  for (const list of ['options', 'names', 'functions']) checkUnique(ownList(spec, list), list, report);
  checkTextPattern(parameter, report);
  const items = type === 'list' ? looseParameter('', own(spec, 'items')) : undefined;
  if (items !== undefined) checkParameter(items, under(report, 'items'));
  checkEvolve(parameter, under(report, 'evolve'));
}

const amount = (type: string, value: unknown): number =>
  type === 'duration' ? parseDuration(value) : Number(value);

function checkOrder(
  spec: UntrustedRecord,
  read: (value: unknown) => number,
  [least, most]: readonly [string, string],
  report: Report,
): void {
  const [from, to] = [own(spec, least), own(spec, most)];
  if (from !== undefined && to !== undefined && read(from) > read(to))
    report('range', `"${most}" lies below "${least}".`, most);
}

function checkUnique(names: readonly unknown[], list: string, report: Report): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) report('unique', `"${String(name)}" is listed twice.`, list, index);
  });
}

function checkTextPattern({ spec }: Parameter, report: Report): void {
  const pattern = own(spec, 'pattern');
  if (typeof pattern !== 'string') return;
  const { problem, detail } = { detail: '', ...checkPattern(pattern) };
  if (problem !== undefined)
    report('pattern', `Not a pattern of the portable subset${detail && `: ${detail}`}.`, 'pattern');
  else if (!matches(pattern, own(spec, 'default'))) report('pattern', `Must match ${pattern}.`, 'default');
}

/** Whether a text matches a pattern that may be used; anything else does. */
export function matches(pattern: unknown, value: unknown): boolean {
  if (typeof pattern !== 'string' || typeof value !== 'string') return true;
  return checkPattern(pattern).problem !== undefined || compilePattern(pattern).test(value);
}

function checkEvolve(parameter: Parameter, report: Report): void {
  const { spec, type } = parameter;
  const evolve = own(spec, 'evolve');
  if (!isRecord(evolve)) return;
  ownList(evolve, 'candidates').forEach((candidate, index) =>
    checkValue(parameter, candidate, under(report, 'candidates', index)),
  );
  checkUnique(
    ownList(evolve, 'candidates').map((candidate) => JSON.stringify(candidate)),
    'candidates',
    report,
  );
  if (['string', 'list', 'object'].includes(type) && own(evolve, 'candidates') === undefined)
    report('required', `Of a ${type} evolution needs candidates.`, 'candidates');
  if (type === 'pipeline') {
    const steps = { ...parameter, spec: { ...spec, stepsMin: undefined, stepsMax: undefined } };
    if (own(evolve, 'steps') !== undefined) checkValue(steps, own(evolve, 'steps'), under(report, 'steps'));
    if (own(evolve, 'insert') === true && own(evolve, 'steps') === undefined)
      report('required', 'What may be inserted is left out.', 'steps');
  }
  checkAmounts(parameter, evolve, report);
  const multiplier = own(evolve, type === 'pipeline' ? 'weights' : 'multiplier');
  if (isRecord(multiplier))
    checkMultiplier(multiplier, under(report, type === 'pipeline' ? 'weights' : 'multiplier'));
}

/** What evolution may do lies inside what the parameter may be. */
function checkAmounts({ spec, type }: Parameter, evolve: UntrustedRecord, report: Report): void {
  checkOrder(evolve, type === 'duration' ? parseDuration : Number, ['min', 'max'], report);
  if (type !== 'number' && type !== 'integer' && type !== 'duration') return;
  const [least, most] = [amount(type, own(spec, 'min')), amount(type, own(spec, 'max'))];
  const [from, to] = [amount(type, own(evolve, 'min')), amount(type, own(evolve, 'max'))];
  if (from < least) report('min_value', 'Lies below what the parameter may be.', 'min');
  if (to > most) report('max_value', 'Lies above what the parameter may be.', 'max');
  if (own(evolve, 'scale') === 'log' && !((Number.isNaN(from) ? least : from) > 0))
    report('scale', 'A logarithmic scale needs a "min" above 0.', 'scale');
}

function checkMultiplier(multiplier: UntrustedRecord, report: Report): void {
  checkOrder(multiplier, Number, ['min', 'max'], report);
  checkOrder(multiplier, Number, ['hardMin', 'hardMax'], report);
  checkOrder(multiplier, Number, ['hardMin', 'min'], report);
  checkOrder(multiplier, Number, ['max', 'hardMax'], report);
}

function checkGroups(document: UntrustedRecord, { flat }: EffectiveConfig, report: Report): void {
  ownList(document, 'coupled').forEach((group, index) => {
    if (!isRecord(group)) return;
    const isFree = own(group, 'relation') === 'together';
    ownList(group, 'parameters').forEach((path, at) => {
      const parameter = flat.get(String(path));
      const place = ['coupled', index, 'parameters', at];
      if (parameter === undefined)
        report('unknown_parameter', `There is no parameter "${String(path)}".`, ...place);
      else if (!isFree && !['number', 'integer', 'duration'].includes(parameter.type))
        report('type', 'Only numbers and durations move by factors or steps.', ...place);
      else if (own(parameter.spec, 'evolve') === undefined)
        report('evolve', 'The parameter declares nothing that may evolve.', ...place);
    });
  });
  ownList(document, 'forbidden').forEach((combination, index) => {
    const values = isRecord(combination) ? own(combination, 'values') : undefined;
    if (!isRecord(values)) return;
    if (Object.keys(values).length === 0)
      report('min_members', 'It would forbid everything.', 'forbidden', index, 'values');
    for (const path of Object.keys(values)) {
      const parameter = flat.get(path);
      const place = ['forbidden', index, 'values', path];
      if (parameter === undefined) report('unknown_parameter', `There is no parameter "${path}".`, ...place);
      else if (!fits(parameter, own(values, path)))
        report('type', 'The parameter never has this value.', ...place);
    }
  });
}
