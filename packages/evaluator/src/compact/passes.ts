// The operators in few bytes of code: docs/spec/evaluation.md says what they mean, ../operators checks their operands.
import type { TestExpression } from '@org/contract/model';
import { bucketOf } from '../bucket.ts';
import { compilePattern } from '../values/compile-pattern.ts';
import { foldCase } from '../values/fold-case.ts';
import { boundOf, instantOf } from '../values/instant.ts';
import { addressOf, blockOf } from '../values/ip-address.ts';
import { compareVersions, isInRange, isSigned, rangeOf, versionOf } from '../values/semver.ts';
import { overlayBuckets, subjectCharsMax, subjectElementsMax } from './limits.ts';
import { murmur3 } from './murmur3.ts';
import { readable, unitOf, type Ports } from './read.ts';

/** The operators that compare, of versions without `semver_`, with the signs that the order of value and operand may have. */
const signs: Readonly<Record<string, string>> = {
  // @ts-expect-error Names of operators come from documents: none may reach Object.prototype.
  __proto__: null,
  before: '<',
  after: '>',
  greater: '>',
  greater_or_equal: '>=',
  less: '<',
  less_or_equal: '<=',
  equals: '=',
};

/**
 * Whether the value passes the test. A value of a type the operator does not take never does.
 * @throws for an unknown operator, or operands that it does not take; `unreadable` for values that throw when looked into.
 */
export const passes = (given: unknown, test: TestExpression, { digest, now }: Ports): boolean => {
  const { op, values, hashed, ignoreCase, salt } = test;
  /** A text that is too long to look at is nothing. */
  const read = (value: unknown): unknown =>
    ignoreCase && typeof value === 'string'
      ? value.length > subjectCharsMax
        ? undefined
        : foldCase(value)
      : value;
  let value = read(given);
  if (hashed !== undefined && typeof value === 'string') value = digest?.(hashed, value);
  const name = op.replace('not_', '');
  const exists = (given ?? null) !== null;
  if (name === 'exists') return exists === (name === op);

  const operand = read(test.value);
  const list = values?.map(read) as readonly number[];
  const number = Number.isFinite(value) ? (value as number) : NaN;
  const text = typeof value === 'string' && value.length <= subjectCharsMax ? value : undefined;
  const some = (method: 'includes' | 'startsWith' | 'endsWith'): boolean =>
    list.some((part) => text?.[method](part as never));

  const holds = (): boolean => {
    switch (name) {
      case 'equals':
        return value === operand;
      case 'in':
        return list.includes(value as number);
      case 'between':
        return number >= list[0]! && number <= list[1]!;
      case 'modulo':
        return [list[1], list[1]! - list[0]!].includes(Number.isSafeInteger(value) ? number % list[0]! : NaN);
      case 'contains':
        return some('includes');
      case 'starts_with':
        return some('startsWith');
      case 'ends_with':
        return some('endsWith');
      case 'matches':
        return text !== undefined && compilePattern(operand as string).test(text);
      case 'semver_in_range':
        return isInRange(versionOf(value), rangeOf(operand)!);
      case 'ip_in_range':
        return list.some((block) => addressOf(value)?.startsWith(blockOf(block)!));
      case 'contains_any':
        return list.some(isElement);
      case 'contains_all':
        return list.every(isElement);
      case 'percentage':
        return (
          unitOf(value) !== undefined &&
          bucketOf(murmur3(salt + unitOf(value)!), overlayBuckets) / 1000 < (operand as number)
        );
    }
    return isSigned(order(), signs[name.replace('semver_', '')]!);
  };

  /** NaN where the value is none that the operator compares. */
  const order = (): number => {
    if (/^(before|after)$/.test(name)) return readable(() => instantOf(value)) - boundOf(operand, now);
    if (!name.startsWith('semver_')) return number - (operand as number);
    const version = versionOf(value);
    return version ? compareVersions(version, versionOf(operand)!) : NaN;
  };

  const isElement = (member: unknown): boolean =>
    readable(() => {
      // Not by an iterator, which may be the context's own.
      if (!Array.isArray(value) || value.length > subjectElementsMax) return false;
      for (let i = 0; i < value.length; i++) if (read(value[i]) === member) return true;
      return false;
    });

  // Nothing fits a text that is too long to look at, or that cannot be hashed.
  const fits = value !== undefined && holds();
  return name === op ? fits : exists && !fits;
};
