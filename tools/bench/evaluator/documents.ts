// The benchmark's flags as documents of ours.
import type { Expression, Flag } from '@org/contract/model';
import type { BenchFlag, BenchRule } from './cases.ts';

/** A flag document: boolean, or a string flag for an experiment. */
export function flagDocument({ kind, rules, weights }: BenchFlag): Flag {
  const isExperiment = kind === 'experiment';
  const names = isExperiment ? ['a', 'b', 'c'] : ['on', 'off'];
  const split = { split: { weights: weights.map((weight, index) => ({ variant: names[index]!, weight })) } };
  const serve = weights.length > 0 ? split : { variant: 'on' };
  return {
    type: isExperiment ? 'string' : 'boolean',
    enabled: true,
    variants: isExperiment ? { a: 'a', b: 'b', c: 'c', none: 'none' } : { on: true, off: false },
    offVariant: isExperiment ? 'none' : 'off',
    rules: rules.map((rule, index) => ({ id: `rule-${index}`, when: condition(rule), serve })),
    default: rules.length === 0 ? serve : { variant: isExperiment ? 'none' : 'off' },
  };
}

function condition({ countries, tier }: BenchRule): Expression {
  return {
    op: 'and',
    of: [
      { op: 'in', attribute: 'country', values: countries },
      { op: 'equals', attribute: 'tier', value: tier },
    ],
  };
}
