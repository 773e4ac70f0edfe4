// `matches`: a text in which a pattern of the portable, linear subset is found.
import { limits } from '../limits.ts';
import { checkPattern } from '../pattern/check-pattern.ts';
import { compilePattern } from '../values/compile-pattern.ts';
import { takeValue } from './operands.ts';
import { defineOperator } from './operator.ts';

interface Pattern {
  readonly pattern: string;
  readonly stepsPerChar: number;
}

export const matches = defineOperator<Pattern>({
  name: 'matches',
  members: ['value'],
  isNegatable: true,
  operand(test, findings) {
    const pattern = takeValue(test, findings, 'operand_text', (value) =>
      typeof value === 'string' ? value : undefined,
    );
    if (pattern === undefined) return undefined;
    const checked = checkPattern(pattern);
    if (checked.problem === undefined) return { pattern, stepsPerChar: checked.stepsPerChar };
    findings.add(checked.problem, checked.detail, 'value');
    return undefined;
  },
  compile({ pattern }) {
    const compiled = compilePattern(pattern);
    return (value) =>
      typeof value === 'string' && value.length <= limits.subjectCharsMax && compiled.test(value);
  },
  // A test is about 50 ns, a step about one.
  cost: ({ stepsPerChar }) => 1 + Math.ceil((stepsPerChar * limits.subjectCharsMax) / 50),
});
