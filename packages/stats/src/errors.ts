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

/** Refuses NaN and infinite numbers. */
export function demandFinite(value: number, path: string): void {
  demand(Number.isFinite(value), path, 'must be a finite number');
}

/** Refuses everything but whole numbers from 0 to 2^53 - 1. */
export function demandCount(value: number, path: string): void {
  demand(Number.isSafeInteger(value) && value >= 0, path, 'must be a whole number from 0 to 2^53 - 1');
}

/** Refuses everything but finite numbers above 0. */
export function demandPositive(value: number, path: string): void {
  demand(Number.isFinite(value) && value > 0, path, 'must be a finite number above 0');
}

/** Refuses everything but numbers strictly between 0 and 1. */
export function demandInside(value: number, path: string): void {
  demand(value > 0 && value < 1, path, 'must lie strictly between 0 and 1');
}

/** Refuses everything but probabilities. */
export function demandProbability(value: number, path: string): void {
  demand(value >= 0 && value <= 1, path, 'must lie between 0 and 1');
}

/** Refuses empty lists, lists with NaN or infinite numbers, and lists of fewer than `min` values. */
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
