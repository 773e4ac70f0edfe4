// The configuration of the exit-strategy guide: stop loss, take profit, trailing stop, conditions, weights, rules. For tests and
// the benchmark of mutations.
import type { Config } from '@org/contract/model';

/** A config in which every kind of gene occurs. */
export const exitStrategy: Config = {
  schema: {
    stopLoss: {
      ...{ type: 'number', default: 0.05, min: 0.005, max: 0.2, step: 0.0005, scale: 'log' },
      evolve: { multiplier: { min: 0.8, max: 1.2, hardMin: 0.5, hardMax: 2 } },
    },
    takeProfit: {
      ...{ type: 'number', default: 0.1, min: 0.01, max: 0.5, step: 0.001 },
      evolve: { multiplier: { min: 0.9, max: 1.3, hardMin: 0.5, hardMax: 2 } },
    },
    trailing: {
      type: 'object',
      members: {
        distance: {
          ...{ type: 'number', default: 0.03, min: 0.005, max: 0.1 },
          evolve: { multiplier: { min: 0.85, max: 1.25, hardMin: 0.5, hardMax: 2 } },
        },
        isOn: { type: 'boolean', default: true, evolve: {} },
      },
    },
    lookback: { type: 'integer', default: 20, min: 5, max: 100, evolve: { min: 10, max: 60 } },
    holdAtMost: { type: 'duration', default: 'PT4H', min: 'PT1H', max: 'P2D', step: 'PT15M', evolve: {} },
    order: { type: 'enum', options: ['market', 'limit', 'stop'], default: 'market', evolve: {} },
    scale: { type: 'number', default: 1, min: 0.25, max: 4, evolve: { candidates: [0.5, 1, 2] } },
    signals: {
      ...{ type: 'weights', names: ['momentum', 'volume', 'spread'] },
      default: { momentum: 0.5, volume: 0.3, spread: 0.2 },
      evolve: { min: 0.05, max: 0.9 },
    },
    exitWhen: {
      type: 'condition',
      default: {
        op: 'and',
        of: [
          { op: 'greater', attribute: 'volatility', value: 0.3 },
          { op: 'not', of: { op: 'equals', attribute: 'session', value: 'auction' } },
          { op: 'compare', left: { op: 'attribute', attribute: 'drawdown' }, is: 'greater', right: 0.02 },
        ],
      },
      evolve: {
        thresholds: { volatility: { min: 0.1, max: 0.9, step: 0.05 }, drawdown: { min: 0.005, max: 0.1 } },
        clauses: [{ op: 'less', attribute: 'volume', value: 1000 }],
      },
    },
    size: {
      type: 'formula',
      default: { op: 'multiply', of: [{ op: 'attribute', attribute: 'capital', otherwise: 1000 }, 0.02] },
      ...{ fallback: 10, min: 1, max: 1000 },
      evolve: { multiplier: { min: 0.8, max: 1.2 } },
    },
    model: { type: 'function', functions: ['ewma', 'garch', 'plain'], default: 'ewma', evolve: {} },
    checks: {
      ...{ type: 'pipeline', functions: ['liquidity', 'news', 'spread'], stepsMin: 1, stepsMax: 4 },
      default: [{ function: 'liquidity' }, { function: 'news', weight: 0.5 }],
      evolve: {
        ...{ reorder: true, insert: true, remove: true, substitute: true },
        weights: { min: 0.8, max: 1.2 },
        steps: [{ function: 'spread' }],
      },
    },
  },
  rules: [
    { id: 'crypto', when: { op: 'equals', attribute: 'market', value: 'crypto' }, patch: { order: 'limit' } },
    { id: 'small', when: { op: 'less', attribute: 'capital', value: 500 }, patch: { lookback: 30 } },
    { id: 'night', when: { op: 'equals', attribute: 'session', value: 'night' }, patch: { order: 'stop' } },
  ],
  invariants: [
    {
      id: 'profit-above-loss',
      message: 'Take profit lies above stop loss.',
      require: {
        op: 'compare',
        left: { op: 'parameter', name: 'takeProfit' },
        is: 'greater',
        right: { op: 'parameter', name: 'stopLoss' },
      },
    },
  ],
  coupled: [{ name: 'exits', parameters: ['stopLoss', 'takeProfit'], relation: 'same_factor' }],
  forbidden: [{ message: 'No stop orders with that model.', values: { order: 'stop', model: 'garch' } }],
  evolve: { rules: { reorder: true, insert: true, remove: true } },
};
