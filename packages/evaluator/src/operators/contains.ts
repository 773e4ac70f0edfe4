// `contains`: a text that holds one of the operands.
import { limits } from '../limits.ts';
import { takeTexts } from './operands.ts';
import { defineOperator } from './operator.ts';

export const contains = defineOperator<readonly string[]>({
  name: 'contains',
  operand: takeTexts,
  compile: (texts) => (value) => {
    if (typeof value !== 'string' || value.length > limits.subjectCharsMax) return false;
    for (let i = 0; i < texts.length; i++) if (value.includes(texts[i]!)) return true;
    return false;
  },
  cost: (texts) => texts.length * 50,
});
