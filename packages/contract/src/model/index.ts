// The types of the product's own language. Imports nothing, so pure packages and browsers may use it.
export * from './alerts.ts';
export * from './configs.ts';
export * from './context.ts';
export * from './documents.ts';
export * from './evaluation.ts';
export * from './evolution.ts';
export * from './experiments.ts';
export * from './expression.ts';
export * from './formula.ts';
export * from './json.ts';
export * from './rollouts.ts';
