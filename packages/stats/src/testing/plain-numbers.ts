// For tests: finds what must not escape from a statistic. Not for production code.

/** Paths of NaN, infinite and -0 numbers inside a result; those named in `allowed` may be infinite. */
export function surprises(value: unknown, allowed: readonly string[] = [], path = ''): readonly string[] {
  if (typeof value === 'number') {
    const isAllowed = allowed.some((name) => path.endsWith(name)) && !Number.isNaN(value);
    return (Number.isFinite(value) && !Object.is(value, -0)) || isAllowed
      ? []
      : [`${path}: ${Object.is(value, -0) ? '-0' : value}`];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => surprises(inner, allowed, `${path}.${key}`));
}

/** Probabilities inside a result that are none: fields named p, p…, chance…, adjustedP, auc. */
export function impossibleProbabilities(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'number') {
    const name = path.slice(path.lastIndexOf('.') + 1);
    const isProbability = /^(p|pTwoSided|pGreater|pLess|adjustedP|auc|exactP|chance\w+)$/.test(name);
    return isProbability && !(value >= 0 && value <= 1) ? [`${path}: ${value}`] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => impossibleProbabilities(inner, `${path}.${key}`));
}
