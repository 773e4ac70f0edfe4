// `starts_with`: a text that begins with one of the operands.
import { limits } from '../limits.ts';
import { takeTexts } from './operands.ts';
import { defineOperator } from './operator.ts';

export const startsWith = defineOperator<readonly string[]>({
  name: 'starts_with',
  operand: takeTexts,
  compile: (texts) => (value) => {
    if (typeof value !== 'string' || value.length > limits.subjectCharsMax) return false;
    for (let i = 0; i < texts.length; i++) if (value.startsWith(texts[i]!)) return true;
    return false;
  },
  cost: (texts) => texts.length,
});
