// Semantic versions (semver.org 2.0.0) and ranges of them. Numbers are compared as digits: none is too large.
// Small: the browser SDK carries this file.

/** Major, minor and patch as digits, and the pre-release, if any. */
export type Version = readonly [major: string, minor: string, patch: string, preRelease?: string | undefined];
/** Alternatives of bounds that hold together: the allowed signs of a comparison with the bound. */
export type VersionRange = readonly (readonly (readonly [signs: readonly number[], bound: Version])[])[];

const textCharsMax = 256;
const form =
  /^v?(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?(?:\.(0|[1-9]\d*))?(?:-((?:0|[1-9]\d*|\d*[a-z-][\da-z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*))*))?(?:\+[\da-z-]+(?:\.[\da-z-]+)*)?$/i;
const signsOf: Readonly<Record<string, readonly number[]>> = {
  '<': [-1],
  '<=': [-1, 0],
  '=': [0],
  '>=': [0, 1],
  '>': [1],
};

const partsOf = (text: unknown): readonly (string | undefined)[] | null =>
  typeof text === 'string' && text.length <= textCharsMax ? form.exec(text) : null;

/** A version; minor and patch may be missing and count as 0, a `v` in front is nothing. Undefined for anything else. */
export const versionOf = (text: unknown): Version | undefined => {
  const parts = partsOf(text);
  return parts ? [parts[1]!, parts[2] ?? '0', parts[3] ?? '0', parts[4]] : undefined;
};

/** Negative, 0 or positive by precedence; build metadata does not count. */
export const compareVersions = (a: Version, b: Version): number =>
  compareNumbers(a[0], b[0]) ||
  compareNumbers(a[1], b[1]) ||
  compareNumbers(a[2], b[2]) ||
  comparePreReleases(a[3], b[3]);

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareNumbers = (a: string, b: string): number => a.length - b.length || compareTexts(a, b);

const comparePreReleases = (a: string | undefined, b: string | undefined): number => {
  if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [one, other] = [left[i]!, right[i]!];
    const [isNumber, isOtherNumber] = [!/\D/.test(one), !/\D/.test(other)];
    const order =
      isNumber && isOtherNumber
        ? compareNumbers(one, other)
        : Number(isOtherNumber) - Number(isNumber) || compareTexts(one, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
};

/** A range: alternatives between `||`, each of comparators between spaces. Undefined for anything else. */
export const rangeOf = (text: unknown): VersionRange | undefined => {
  if (typeof text !== 'string' || text.length > textCharsMax) return undefined;
  const alternatives = text.split('||').map((part) => part.trim().split(/ +/).map(boundsOf));
  return alternatives.every((bounds) => bounds.every(Boolean))
    ? (alternatives as VersionRange[number][][]).map((bounds) => bounds.flat())
    : undefined;
};

/** True when the version is in the range. */
export const isInRange = (version: Version, range: VersionRange): boolean =>
  range.some((bounds) =>
    bounds.every(([signs, bound]) => signs.includes(Math.sign(compareVersions(version, bound)))),
  );

/** What a comparator asks for: `>=1.2.3`, `~1.2`, `^1.2.3`, `1.2.x`, `*`. */
const boundsOf = (comparator: string): VersionRange[number] | undefined => {
  if (/^[x*]$/i.test(comparator)) return [];
  const [, operator = '', rest = ''] = /^([<>]=?|[=~^]?)(.*)$/.exec(comparator) ?? [];
  const parts = partsOf(rest.replace(/(?:\.[x*]){1,2}$/i, ''));
  if (!parts) return undefined;
  const lowest = versionOf(parts[0])!;
  const given = parts.slice(1, 4).filter((part) => part !== undefined).length;
  const isExact = /^[<>=]/.test(operator) || (operator === '' && given === 3);
  if (isExact) return given === 3 && parts[0] === rest ? [[signsOf[operator || '=']!, lowest]] : undefined;
  const significant = operator === '^' ? lowest.findIndex((part) => part !== '0') : 1;
  // Only zeros: what is given stays.
  const fixed = Math.min(significant < 0 || significant > 2 ? 2 : significant, given - 1);
  const above = lowest
    .slice(0, 3)
    .map((part, at) => (at < fixed ? part! : at > fixed ? '0' : `${BigInt(part!) + 1n}`));
  // Below the lowest pre-release of the next version: 2.0.0-beta is not in ^1.2.
  return [
    [[0, 1], lowest],
    [[-1], [above[0]!, above[1]!, above[2]!, '0']],
  ];
};
