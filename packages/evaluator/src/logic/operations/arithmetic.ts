// +, -, *, /, %, max, min, abs. Texts count as the number they are, or 0; booleans, null, lists and objects end the
// evaluation, as they do in flagd.
import { operandsOf, required, walk, type Operation } from '../interpret.ts';
import { toNumber } from '../numbers.ts';
import { isList, type Value } from '../values.ts';

const sum: Operation = (values, data, run) => {
  const operands = walk(values, data, run);
  if (!isList(operands)) return toNumber(operands);
  if (operands.length === 1) return toNumber(operands[0]);
  return operands.reduce((total: number, value) => total + toNumber(value), 0);
};

const difference: Operation = (values, data, run) => {
  const operands = operandsOf(values, data, run);
  if (operands.length === 0) return 0;
  if (operands.length === 1) return -1 * toNumber(operands[0]);
  return fold(operands, (total, value) => total - value);
};

const product: Operation = (values, data, run) =>
  operandsOf(values, data, run).reduce((total: number, value) => total * toNumber(value), 1);

const quotient: Operation = (values, data, run) => {
  const operands = operandsOf(values, data, run);
  return operands.length === 0 ? 0 : fold(operands, (total, value) => total / value);
};

const remainder: Operation = (values, data, run) => {
  const operands = operandsOf(values, data, run);
  const [a, b] = [required(operands, 0), required(operands, 1)];
  return toNumber(a) % toNumber(b);
};

const extreme =
  (isBetter: (candidate: number, best: number) => boolean): Operation =>
  (values, data, run) => {
    const operands = operandsOf(values, data, run);
    if (operands.length === 0) return null;
    return fold(operands, (best, value) => (isBetter(value, best) ? value : best));
  };

const magnitude: Operation = (values, data, run) => {
  const operand = walk(values, data, run);
  return Math.abs(toNumber(isList(operand) ? required(operand, 0) : operand));
};

function fold(operands: readonly Value[], step: (total: number, value: number) => number): number {
  let total = toNumber(operands[0]);
  for (let i = 1; i < operands.length; i++) total = step(total, toNumber(operands[i]));
  return total;
}

export const arithmetic: readonly (readonly [string, Operation])[] = [
  ['+', sum],
  ['-', difference],
  ['*', product],
  ['/', quotient],
  ['%', remainder],
  ['max', extreme((value, best) => value > best)],
  ['min', extreme((value, best) => value < best)],
  ['abs', magnitude],
];
