// `ends_with`: a text that ends with one of the operands.
import { limits } from '../limits.ts';
import { takeTexts } from './operands.ts';
import { defineOperator } from './operator.ts';

export const endsWith = defineOperator<readonly string[]>({
  name: 'ends_with',
  operand: takeTexts,
  compile: (texts) => (value) => {
    if (typeof value !== 'string' || value.length > limits.subjectCharsMax) return false;
    for (let i = 0; i < texts.length; i++) if (value.endsWith(texts[i]!)) return true;
    return false;
  },
  cost: (texts) => texts.length,
});
