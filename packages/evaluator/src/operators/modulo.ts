// `modulo`: an integer that leaves a remainder when it is divided.
import { takeList } from './operands.ts';
import { defineOperator } from './operator.ts';

export const modulo = defineOperator<readonly number[]>({
  name: 'modulo',
  members: ['values'],
  isNegatable: true,
  operand(test, findings) {
    const values = takeList(test, findings, 'operand_integer', (element) =>
      Number.isSafeInteger(element) ? (element as number) : undefined,
    );
    if (values === undefined) return undefined;
    const [divisor = 0, remainder = -1] = values;
    if (values.length === 2 && remainder >= 0 && remainder < divisor) return values;
    findings.add('operand_modulo', '', 'values');
    return undefined;
  },
  compile: ([divisor, remainder]) => {
    // The remainder of a negative number is negative in JavaScript; ours is not.
    const negative = remainder! - divisor!;
    return (value) => {
      if (!Number.isSafeInteger(value)) return false;
      const rest = (value as number) % divisor!;
      return rest === remainder || rest === negative;
    };
  },
});
