// `between`: a number within two bounds, both included.
import { isFiniteNumber, takeList } from './operands.ts';
import { defineOperator } from './operator.ts';

export const between = defineOperator<readonly number[]>({
  name: 'between',
  members: ['values'],
  isNegatable: true,
  operand(test, findings) {
    const bounds = takeList(test, findings, 'operand_finite_number', (element) =>
      isFiniteNumber(element) ? element : undefined,
    );
    if (bounds === undefined) return undefined;
    if (bounds.length === 2 && bounds[0]! <= bounds[1]!) return bounds;
    findings.add('operand_bounds', '', 'values');
    return undefined;
  },
  compile:
    ([low, high]) =>
    (value) =>
      typeof value === 'number' && value >= low! && value <= high!,
});
