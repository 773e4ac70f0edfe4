// `starts_with`: a text that begins with one of the operands.
import { foldCase } from '../values/fold-case.ts';
import { limits } from '../limits.ts';
import { takeTexts, type Texts } from './operands.ts';
import { defineOperator } from './operator.ts';

export const startsWith = defineOperator<Texts>({
  name: 'starts_with',
  members: ['values', 'ignoreCase'],
  isNegatable: true,
  operand: takeTexts,
  compile:
    ({ texts, ignoreCase }) =>
    (value) => {
      if (typeof value !== 'string' || value.length > limits.subjectCharsMax) return false;
      const subject = ignoreCase ? foldCase(value) : value;
      for (let i = 0; i < texts.length; i++) if (subject.startsWith(texts[i]!)) return true;
      return false;
    },
  cost: ({ texts, ignoreCase }) => texts.length + (ignoreCase ? 50 : 0),
});
