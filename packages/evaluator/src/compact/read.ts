// Reads attributes of a context, in few bytes of code. Only own properties count.
import type { EvaluatorOptions } from '../types.ts';

/** What tests may ask for. */
export type Ports = Pick<EvaluatorOptions, 'digest' | 'now' | 'sticky'>;
export type AttributeName = string | readonly string[];

/** A longer unit counts as missing. */
const unitCharsMax = 16_384;

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value ?? {}, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/** Thrown for a context that cannot be read: a getter of it throws. */
export const unreadable = Error();

/** @throws `unreadable` for whatever is thrown */
export const readable = <T>(read: () => T): T => {
  try {
    return read();
  } catch {
    throw unreadable;
  }
};

/**
 * An attribute of one kind of the context, or undefined.
 * @throws `unreadable`
 */
export const readAttribute = (
  context: unknown,
  attribute: AttributeName = 'targetingKey',
  kind = 'user',
): unknown =>
  readable(() => {
    const named = own(context, 'kind');
    const of = typeof named === 'string' ? named : 'user';
    const part = of === 'multi' ? own(context, kind) : of === kind ? context : undefined;
    return [attribute].flat().reduce(own, part);
  });

/** A unit as the text that is hashed or listed; undefined for what is none. */
export const unitOf = (value: unknown): string | undefined =>
  (typeof value === 'string' && value && value.length <= unitCharsMax) || Number.isSafeInteger(value)
    ? String(value)
    : undefined;

/** The unit that an attribute holds. */
export const readUnit = (context: unknown, attribute?: AttributeName, kind?: string): string | undefined =>
  unitOf(readAttribute(context, attribute, kind));
