// The one error of this package: an argument outside its domain. Undefined results are not errors; they are null, as each function says.

/** An argument that no statistic can be made of. `path` names it, `rule` says what it had to be. */
export class StatsError extends Error {
  readonly code = 'INVALID_ARGUMENT';
  readonly path: string;
  readonly rule: string;

  constructor(path: string, rule: string) {
    super(`[INVALID_ARGUMENT] ${path}: ${rule}`);
    this.name = 'StatsError';
    this.path = path;
    this.rule = rule;
  }
}

/** Refuses unless `holds`. */
export function demand(holds: boolean, path: string, rule: string): asserts holds {
  if (!holds) throw new StatsError(path, rule);
}

/** Values, margins and errors may be as large as this: their squares and cubes then stay within a double. */
export const valueMax = 1e75;

/** Positive arguments may be as small as this: what is divided by them stays within a double. */
export const positiveMin = 1e-75;

/** Refuses NaN, infinite numbers and numbers beyond ±1e75. */
export function demandFinite(value: number, path: string): void {
  demand(Math.abs(value) <= valueMax, path, 'must be a number between -1e75 and 1e75');
}

/** Refuses everything but whole numbers from 0 to 2^53 - 1. */
export function demandCount(value: number, path: string): void {
  demand(Number.isSafeInteger(value) && value >= 0, path, 'must be a whole number from 0 to 2^53 - 1');
}

/** Refuses everything but numbers from 1e-75 to 1e75. */
export function demandPositive(value: number, path: string): void {
  demand(value >= positiveMin && value <= valueMax, path, 'must be a number above 0, from 1e-75 to 1e75');
}

/** Refuses everything but numbers strictly between 0 and 1. */
export function demandInside(value: number, path: string): void {
  demand(value > 0 && value < 1, path, 'must lie strictly between 0 and 1');
}

/** Refuses everything but probabilities. */
export function demandProbability(value: number, path: string): void {
  demand(value >= 0 && value <= 1, path, 'must lie between 0 and 1');
}

/** Refuses lists of fewer than `min` values, and lists with NaN, infinite numbers or numbers beyond ±1e75. */
export function demandSample(values: readonly number[], path: string, min = 1): void {
  demand(values.length >= min, path, `must hold at least ${min} values`);
  for (let i = 0; i < values.length; i++) demandFinite(values[i]!, `${path}[${i}]`);
}

/** Refuses successes that exceed the trials; trials must be at least 1. */
export function demandProportion(successes: number, trials: number, path: string): void {
  demandCount(successes, `${path}.successes`);
  demandCount(trials, `${path}.trials`);
  demand(trials >= 1, `${path}.trials`, 'must be at least 1');
  demand(successes <= trials, `${path}.successes`, 'must not exceed the trials');
}
