// Reads attributes of a context and tests them, in few bytes of code. Only own properties count.
import type { JsonValue, TestExpression } from '@org/contract/model';

export type Digest = (salt: string, literal: string) => string;
export type AttributeName = string | readonly string[];

/** Text beyond this length is never matched by a string operator. */
const subjectCharsMax = 4_096;
/** A longer unit counts as missing. */
const unitCharsMax = 16_384;

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value ?? {}, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/** Thrown for a context that cannot be read: a getter of it throws. */
export const unreadable = Error();

/**
 * An attribute of one kind of the context, or undefined.
 * @throws `unreadable`
 */
export const readAttribute = (
  context: unknown,
  attribute: AttributeName = 'targetingKey',
  kind = 'user',
): unknown => {
  try {
    const named = own(context, 'kind');
    const of = typeof named === 'string' ? named : 'user';
    const part = of === 'multi' ? own(context, kind) : of === kind ? context : undefined;
    return [attribute].flat().reduce(own, part);
  } catch {
    throw unreadable;
  }
};

/** A unit as the text that is hashed or listed; undefined when it is missing. */
export const readUnit = (context: unknown, attribute?: AttributeName, kind?: string): string | undefined => {
  const value = readAttribute(context, attribute, kind);
  return (typeof value === 'string' && value && value.length <= unitCharsMax) || Number.isSafeInteger(value)
    ? String(value)
    : undefined;
};

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  // @ts-expect-error Names of operators come from documents: none may reach Object.prototype.
  __proto__: null,
  greater: (value, bound) => value > bound,
  greater_or_equal: (value, bound) => value >= bound,
  less: (value, bound) => value < bound,
  less_or_equal: (value, bound) => value <= bound,
};

/**
 * Whether the value passes the test. A value of a type the operator does not take never does.
 * @throws for an unknown operator, or operands that it does not take.
 */
export const passes = (value: unknown, test: TestExpression, digest?: Digest): boolean => {
  const { op, value: operand, values, hashed } = test;
  const number = Number.isFinite(value) ? (value as number) : NaN;
  const text = typeof value === 'string' ? value : '';
  const some = (fits: (part: string) => boolean): boolean =>
    values!.some((part) => fits(part as string)) && text.length <= subjectCharsMax;
  switch (op) {
    case 'equals':
    case 'in':
      if (hashed !== undefined && text === value) value = digest?.(hashed, text);
      return op === 'in' ? values!.includes(value as JsonValue) : value === operand;
    case 'between':
      return number >= (values![0] as number) && number <= (values![1] as number);
    case 'contains':
      return some((part) => text.includes(part));
    case 'starts_with':
      return some((part) => text.startsWith(part));
    case 'ends_with':
      return some((part) => text.endsWith(part));
    case 'exists':
      return value !== undefined && value !== null;
    default:
      return comparisons[op]!(number, operand as number);
  }
};
