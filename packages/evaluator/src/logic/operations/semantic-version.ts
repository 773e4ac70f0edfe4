// sem_ver. Versions as golang.org/x/mod/semver reads them: minor and patch may be missing, a leading "v" or "V" too.
import { walk, type Operation } from '../interpret.ts';
import { isList, itemOf, type Value } from '../values.ts';
import { printed } from './text.ts';

interface Version {
  readonly numbers: readonly [major: string, minor: string, patch: string];
  /** Identifiers after "-"; none for a release. */
  readonly prerelease: readonly string[];
}

const form =
  /^v(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?)?)?$/;
/** Longer ones are no version: reading takes time by length. */
const versionCharsMax = 1_024;

function readVersion(value: Value): Version | undefined {
  const text = printed(value);
  if (text === undefined || text.length > versionCharsMax) return undefined;
  const match = form.exec(text.startsWith('v') ? text : `v${text.startsWith('V') ? text.slice(1) : text}`);
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', before = '', build = ''] = match;
  const prerelease = before === '' ? [] : before.split('.');
  const isWrong = (part: string): boolean => part === '' || /^0\d+$/.test(part);
  if (prerelease.some(isWrong) || (build !== '' && build.split('.').includes(''))) return undefined;
  return { numbers: [major, minor, patch], prerelease };
}

/** Digits without leading zeros, of any length: the longer is the larger. */
function compareDigits(a: string, b: string): number {
  if (a === b) return 0;
  return a.length === b.length ? (a < b ? -1 : 1) : a.length - b.length;
}

/** Numbers of the version, the first `count` of them. */
function compareNumbers(a: Version, b: Version, count: number): number {
  for (let i = 0; i < count; i++) {
    const order = compareDigits(a.numbers[i]!, b.numbers[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareVersions(a: Version, b: Version): number {
  return compareNumbers(a, b, 3) || comparePrereleases(a.prerelease, b.prerelease);
}

/** A release comes after its prereleases; numbers come before names, fewer identifiers before more. */
function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareIdentifiers(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  if (a === b) return 0;
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return compareDigits(a, b);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return a < b ? -1 : 1;
}

const relations: ReadonlyMap<Value, (a: Version, b: Version) => boolean> = new Map([
  ['=', (a: Version, b: Version) => compareVersions(a, b) === 0],
  ['!=', (a: Version, b: Version) => compareVersions(a, b) !== 0],
  ['<', (a: Version, b: Version) => compareVersions(a, b) < 0],
  ['<=', (a: Version, b: Version) => compareVersions(a, b) <= 0],
  ['>', (a: Version, b: Version) => compareVersions(a, b) > 0],
  ['>=', (a: Version, b: Version) => compareVersions(a, b) >= 0],
  ['~', (a: Version, b: Version) => compareNumbers(a, b, 2) === 0],
  ['^', (a: Version, b: Version) => compareNumbers(a, b, 1) === 0],
]);

const compare: Operation = (values, data, run) => {
  const operands = walk(values, data, run);
  if (!isList(operands) || operands.length !== 3) return null;
  const [a, b] = [readVersion(itemOf(operands, 0)), readVersion(itemOf(operands, 2))];
  const holds = relations.get(itemOf(operands, 1));
  return a === undefined || b === undefined || holds === undefined ? null : holds(a, b);
};

export const semanticVersion: readonly (readonly [string, Operation])[] = [['sem_ver', compare]];
