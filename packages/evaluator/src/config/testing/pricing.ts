// A config with a parameter of every type. For tests only.
import type { Config } from '@org/contract/model';

/** Prices, with a rule and a split. */
export const pricing: Config = {
  schema: {
    discount: {
      type: 'object',
      members: {
        max: { type: 'number', default: 10, min: 0, max: 50, unit: '%' },
        steps: { type: 'integer', default: 3 },
        label: { type: 'string', default: 'sale' },
      },
    },
    timeout: { type: 'duration', default: 'PT1.5S' },
    mode: { type: 'enum', options: ['fast', 'safe'], default: 'safe' },
    mix: { type: 'weights', names: ['a', 'b'], default: { a: 0.5, b: 0.5 } },
    tiers: { type: 'list', items: { type: 'number', default: 0 }, default: [1, 2] },
    isLoyal: {
      type: 'condition',
      default: {
        op: 'and',
        of: [
          { op: 'segment', key: 'paying' },
          {
            op: 'compare',
            left: { op: 'attribute', attribute: 'orders' },
            is: 'greater_or_equal',
            right: { op: 'parameter', name: 'discount.steps' },
          },
        ],
      },
    },
    price: {
      type: 'formula',
      fallback: 99,
      min: 1,
      default: {
        op: 'multiply',
        of: [
          { op: 'attribute', attribute: 'base' },
          { op: 'subtract', of: [1, { op: 'divide', of: [{ op: 'parameter', name: 'discount.max' }, 100] }] },
        ],
      },
    },
    rank: { type: 'function', functions: ['byPrice', 'byMargin'], default: 'byPrice' },
    flow: {
      type: 'pipeline',
      functions: ['double', 'add'],
      parameters: { add: { amount: { type: 'number', default: 1 } } },
      default: [
        { function: 'double' },
        { function: 'add', when: { op: 'equals', attribute: 'plus', value: true }, weight: 2 },
      ],
    },
  },
  values: { discount: { max: 20 } },
  rules: [
    {
      id: 'vip',
      when: { op: 'equals', attribute: 'tier', value: 'vip' },
      patch: { discount: { max: 40 }, rank: 'byMargin' },
    },
    {
      id: 'half',
      when: { op: 'equals', attribute: 'country', value: 'DE' },
      split: {
        weights: [
          { variant: 'as-is', weight: 1 },
          { variant: 'short', weight: 1, patch: { timeout: 'PT0.25S' } },
        ],
      },
    },
  ],
};
