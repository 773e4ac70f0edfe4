// Whether a value fits its parameter: type, bounds, steps, options. The one judge of values, at commit and in SDKs; patterns
// of texts are judged at commit only (check-patterns.ts), where the checker of patterns is at hand.
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import { parseDuration } from './duration.ts';
import { configLimits } from './limits.ts';
import { looseParameter, readParameters, type Parameter } from './parameters.ts';

/** Hears what is wrong, by rule and place below the value. */
export type Report = (rule: string, message: string, ...below: readonly (string | number)[]) => void;

type Check = (value: unknown, spec: UntrustedRecord, report: Report, depth: number) => void;

/** Reports everything in which the value does not fit. Conditions, formulas and pipelines: their outline only. */
export function checkValue(parameter: Parameter, value: unknown, report: Report, depth = 1): void {
  if (depth > configLimits.depthMax) return report('max_depth', 'Nested too deep.');
  if (parameter.members !== undefined) return checkMembers(parameter.members, value, report, depth);
  checks[parameter.type](value, parameter.spec, report, depth);
}

/** Whether the value fits. */
export function fits(parameter: Parameter, value: unknown): boolean {
  let isFit = true;
  checkValue(parameter, value, () => {
    isFit = false;
  });
  return isFit;
}

function checkMembers(
  members: ReadonlyMap<string, Parameter>,
  value: unknown,
  report: Report,
  depth: number,
): void {
  if (!isRecord(value)) return report('type', 'Must be an object.');
  for (const name of Object.keys(value)) {
    const member = members.get(name);
    if (member === undefined) report('unknown_parameter', `There is no parameter "${name}".`, name);
    else checkValue(member, own(value, name), below(report, name), depth + 1);
  }
}

const below =
  (report: Report, ...at: readonly (string | number)[]): Report =>
  (rule, message, ...path) =>
    report(rule, message, ...at, ...path);

function checkAmount(value: unknown, spec: UntrustedRecord, report: Report): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) return report('type', 'Must be a number.');
  checkBounds(
    value,
    numberOf(own(spec, 'min')),
    numberOf(own(spec, 'max')),
    numberOf(own(spec, 'step')),
    report,
  );
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

function checkBounds(
  value: number,
  min: number | undefined,
  max: number | undefined,
  step: number | undefined,
  report: Report,
): void {
  if (min !== undefined && value < min) report('min_value', `Must be at least ${min}.`);
  if (max !== undefined && value > max) report('max_value', `Must be at most ${max}.`);
  if (step === undefined || step <= 0) return;
  const steps = (value - (min ?? 0)) / step;
  // Steps of decimal fractions are no exact numbers.
  if (Math.abs(steps - Math.round(steps)) > 1e-6 * Math.max(1, Math.abs(steps)))
    report('step', `Must be whole steps of ${step} from ${min ?? 0}.`);
}

function checkDuration(value: unknown, spec: UntrustedRecord, report: Report): void {
  const ms = parseDuration(value);
  if (Number.isNaN(ms)) return report('type', 'Must be a duration such as "PT1.5S".');
  const [min, max, step] = ['min', 'max', 'step'].map((name) => parseDuration(own(spec, name)));
  const known = (bound: number | undefined): number | undefined => (Number.isNaN(bound) ? undefined : bound);
  checkBounds(ms, known(min), known(max), known(step), (rule, message) => report(rule, `${message} (ms)`));
}

function checkText(value: unknown, spec: UntrustedRecord, report: Report): void {
  if (typeof value !== 'string') return report('type', 'Must be a text.');
  const [least, most] = [numberOf(own(spec, 'lengthMin')), numberOf(own(spec, 'lengthMax'))];
  if (least !== undefined && value.length < least)
    report('min_length', `Must have at least ${least} characters.`);
  if (most !== undefined && value.length > most)
    report('max_length', `Must have at most ${most} characters.`);
}

function checkWeights(value: unknown, spec: UntrustedRecord, report: Report): void {
  if (!isRecord(value)) return report('type', 'Must be an object of weights.');
  const names = ownList(spec, 'names');
  for (const name of Object.keys(value))
    if (!names.includes(name)) report('one_of', `There is no weight "${name}".`, name);
  let sum = 0;
  for (const name of names) {
    const weight = own(value, String(name));
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= 1))
      report('weight', 'Must be a number from 0 to 1.', String(name));
    else sum += weight;
  }
  if (Math.abs(sum - 1) > configLimits.weightsTolerance)
    report('weights_sum', `The weights must add up to 1, not ${Number(sum.toFixed(9))}.`);
}

function checkList(value: unknown, spec: UntrustedRecord, report: Report, depth: number): void {
  if (!Array.isArray(value)) return report('type', 'Must be a list.');
  checkCount(value.length, own(spec, 'itemsMin'), own(spec, 'itemsMax'), 'items', report);
  const item = looseParameter('', own(spec, 'items'));
  if (item === undefined) return;
  value.forEach((element: unknown, index) => checkValue(item, element, below(report, index), depth + 1));
}

function checkCount(count: number, least: unknown, most: unknown, what: string, report: Report): void {
  if (typeof least === 'number' && count < least) report(`min_${what}`, `At least ${least} ${what}.`);
  if (typeof most === 'number' && count > most) report(`max_${what}`, `At most ${most} ${what}.`);
}

const checkOne =
  (list: string, what: string): Check =>
  (value, spec, report) => {
    if (typeof value !== 'string') report('type', `Must be ${what}.`);
    else if (!ownList(spec, list).includes(value))
      report(list === 'functions' ? 'unknown_function' : 'one_of', `Must be one of: ${namesOf(spec, list)}.`);
  };

const namesOf = (spec: UntrustedRecord, list: string): string => ownList(spec, list).slice(0, 20).join(', ');

function checkPipeline(value: unknown, spec: UntrustedRecord, report: Report, depth: number): void {
  if (!Array.isArray(value)) return report('type', 'Must be a list of steps.');
  checkCount(value.length, own(spec, 'stepsMin'), own(spec, 'stepsMax'), 'steps', report);
  value.forEach((step: unknown, index) => {
    if (!isRecord(step)) return report('type', 'Must be a step.', index);
    checkStep(step, spec, below(report, index), depth);
  });
}

function checkStep(step: UntrustedRecord, spec: UntrustedRecord, report: Report, depth: number): void {
  const name = own(step, 'function');
  if (typeof name !== 'string' || !ownList(spec, 'functions').includes(name))
    report('unknown_function', `Must be one of: ${namesOf(spec, 'functions')}.`, 'function');
  const weight = own(step, 'weight');
  if (weight !== undefined && !(typeof weight === 'number' && weight >= 0 && Number.isFinite(weight)))
    report('weight', 'Must be a number of at least 0.', 'weight');
  const given = own(step, 'parameters');
  if (given !== undefined && !isRecord(given)) report('type', 'Must be an object.', 'parameters');
  const typed = own(spec, 'parameters');
  const schema = isRecord(typed) && typeof name === 'string' ? own(typed, name) : undefined;
  if (schema !== undefined && isRecord(given))
    checkMembers(readParameters(schema), given, below(report, 'parameters'), depth + 1);
}

const checks: Readonly<Record<Parameter['type'], Check>> = {
  number: checkAmount,
  integer(value, spec, report) {
    if (!Number.isSafeInteger(value)) report('type', 'Must be an integer.');
    else checkAmount(value, spec, report);
  },
  duration: checkDuration,
  string: checkText,
  boolean(value, _spec, report) {
    if (typeof value !== 'boolean') report('type', 'Must be true or false.');
  },
  enum: checkOne('options', 'one of the options'),
  function: checkOne('functions', 'the name of a function'),
  weights: checkWeights,
  list: checkList,
  object(value, _spec, report) {
    if (!isRecord(value)) report('type', 'Must be an object.');
  },
  condition(value, _spec, report) {
    if (!isRecord(value) || typeof own(value, 'op') !== 'string') report('type', 'Must be a condition.');
  },
  formula(value, _spec, report) {
    const isFormula = typeof value === 'number' ? Number.isFinite(value) : isRecord(value);
    if (!isFormula) report('type', 'Must be a number or a formula.');
  },
  pipeline: checkPipeline,
};
