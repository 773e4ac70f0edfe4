// Semantic versions (semver.org 2.0.0) and ranges of them. Numbers are compared as digits: none is too large.
// Small: the browser SDK carries this file.

/** Major, minor and patch as digits, then the parts of the pre-release; of a release `~`, which comes after all of those. */
export type Version = readonly string[];
/** Alternatives of bounds that hold together: the signs (see `isSigned`) of a comparison with the bound. */
export type VersionRange = readonly (readonly (readonly [signs: string, bound: Version])[])[];

const textCharsMax = 256;
const form =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([\da-z-]+(?:\.[\da-z-]+)*))?(?:\+[\da-z-]+(?:\.[\da-z-]+)*)?$/i;

/** Whether the order, negative, 0 or positive, is one of the signs: some of `<`, `=` and `>`. */
export const isSigned = (order: number, signs: string): boolean =>
  signs.includes('<=>'[Math.sign(order) + 1]!);

const partsOf = (text: unknown): readonly (string | undefined)[] =>
  (typeof text === 'string' && text.length <= textCharsMax && form.exec(text)) || [];

/** A version; minor and patch may be missing and count as 0, a `v` in front is nothing. Undefined for anything else. */
export const versionOf = (text: unknown): Version | undefined => {
  const [, major = '00', minor = '0', patch = '0', preRelease = '~'] = partsOf(text);
  const version = [major, minor, patch, ...preRelease.split('.')];
  return version.some((part) => /^0\d+$/.test(part)) ? undefined : version;
};

/** Negative, 0 or positive by precedence; build metadata does not count. */
export const compareVersions = (a: Version, b: Version): number => {
  for (let at = 0; ; at++) {
    const [left, right] = [a[at], b[at]];
    if (left === undefined || right === undefined) return a.length - b.length;
    const [isText, isOtherText] = [/\D/.test(left), /\D/.test(right)];
    const order =
      Number(isText) - Number(isOtherText) ||
      (isText ? 0 : left.length - right.length) ||
      (left < right ? -1 : Number(left > right));
    if (order !== 0) return order;
  }
};

/** A range: alternatives between `||`, each of comparators between spaces. Undefined for anything else. */
export const rangeOf = (text: unknown): VersionRange | undefined => {
  if (typeof text !== 'string' || text.length > textCharsMax) return undefined;
  const range = text.split('||').map((part) => part.trim().split(/ +/).map(boundsOf));
  return range.flat().includes(undefined)
    ? undefined
    : range.map((bounds) => bounds.flat() as VersionRange[number]);
};

/** True when the version is in the range. */
export const isInRange = (version: Version | undefined, range: VersionRange): boolean =>
  !!version &&
  range.some((bounds) => bounds.every(([signs, bound]) => isSigned(compareVersions(version, bound), signs)));

/** What a comparator asks for: `>=1.2.3`, `~1.2`, `^1.2.3`, `1.2.x`, `*`. */
const boundsOf = (comparator: string): VersionRange[number] | undefined => {
  if (/^[x*]$/i.test(comparator)) return [];
  const [, operator = '', rest = ''] = /^([<>]=?|[=~^]?)([^]*)/.exec(comparator)!;
  const full = rest.replace(/(\.[x*]){1,2}$/i, '');
  const lowest = versionOf(full);
  if (!lowest) return undefined;
  const given = partsOf(full).slice(1, 4).filter(Boolean).length;
  if (given === 3 && full === rest && !/[~^]/.test(operator)) return [[operator || '=', lowest]];
  if (/[<>=]/.test(operator)) return undefined;
  // The part that may not change is the first that is not 0, or with a tilde the minor version, of those that are given.
  const significant = operator === '^' ? lowest.findIndex((part) => part !== '0') : 1;
  const fixed = Math.min(significant, given - 1);
  const next = lowest
    .slice(0, 3)
    .map((part, at) => (at < fixed ? part : at > fixed ? '0' : `${BigInt(part) + 1n}`));
  // Below the lowest pre-release of the next version: 2.0.0-beta is not in ^1.2.
  return [
    ['>=', lowest],
    ['<', [...next, '0']],
  ];
};
