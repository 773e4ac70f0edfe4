// Reads attributes and units from a context. Only own properties count. Conditions get three arguments: the attributes of
// the user kind, the whole context, and `strict`: whether a plain load could reach a foreign prototype.
//
// Plain loads are several times faster than own-property checks. They are safe on an object whose prototype is
// Object.prototype, for names that do not exist there; everything else (class instances, null prototypes, objects of another
// realm, nested objects, other kinds) is checked, and only after a hit: a value that matches nothing needs no check.
import { limits } from './limits.ts';

export type Attributes = Readonly<Record<string, unknown>>;
export type Predicate = (value: unknown) => boolean;
export type Condition = (user: Attributes, context: unknown, strict: boolean) => boolean;
export type Read = (user: Attributes, context: unknown, strict: boolean) => unknown;
export type Unit = string | number;
export type ReadUnit = (user: Attributes, context: unknown, strict: boolean) => Unit | undefined;
export type AttributeName = string | readonly string[];

const { hasOwn, getPrototypeOf, prototype: objectPrototype } = Object;
const userKind = 'user';
const nothing: Attributes = Object.freeze(Object.create(null) as Attributes);

/** A function of the context that resolves the user kind once and passes it on. */
export function withUser<T>(
  decide: (user: Attributes, context: unknown, strict: boolean) => T,
): (context: unknown) => T {
  return (context) => {
    if (isFlat(context) && getPrototypeOf(context) === objectPrototype)
      return decide(context, context, false);
    return decide(attributesOf(context, userKind), context, true);
  };
}

function isFlat(context: unknown): context is Attributes {
  return typeof context === 'object' && context !== null && (context as Attributes)['kind'] === undefined;
}

/** The attributes of one kind of a context; none when the context has no such kind. */
export function attributesOf(context: unknown, kind: string): Attributes {
  if (!isWalkable(context)) return nothing;
  const own = hasOwn(context, 'kind') ? context['kind'] : undefined;
  if (typeof own !== 'string') return kind === userKind ? context : nothing;
  if (own !== 'multi') return own === kind ? context : nothing;
  const part = hasOwn(context, kind) ? context[kind] : undefined;
  return isWalkable(part) ? part : nothing;
}

function isWalkable(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The test of one attribute. The predicate must be false for undefined. */
export function compileTest(
  attribute: AttributeName,
  kind: string | undefined,
  predicate: Predicate,
): Condition {
  const name = singleName(attribute);
  if (name === undefined || !isUserKind(kind)) {
    const read = compileRead(attribute, kind);
    return (user, context, strict) => predicate(read(user, context, strict));
  }
  if (name in objectPrototype) return (user) => predicate(user[name]) && hasOwn(user, name);
  return (user, _context, strict) => predicate(user[name]) && (!strict || hasOwn(user, name));
}

/** Reads an attribute: its value, or undefined when it is missing. */
export function compileRead(attribute: AttributeName, kind: string | undefined): Read {
  const name = singleName(attribute);
  if (!isUserKind(kind)) {
    const read = compileRead(attribute, undefined);
    return (_user, context) => read(attributesOf(context, kind), context, true);
  }
  if (name === undefined) return (user) => walk(user, attribute as readonly string[]);
  const checked = name in objectPrototype;
  return (user, _context, strict) => {
    const value = user[name];
    return value === undefined || ((checked || strict) && !hasOwn(user, name)) ? undefined : value;
  };
}

function walk(start: Attributes, path: readonly string[]): unknown {
  let value: unknown = start;
  for (const name of path) {
    if (!isWalkable(value) || !hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Reads a unit: a non-empty text or a safe integer; undefined when it is missing. */
export function compileReadUnit(by: AttributeName | undefined, kind: string | undefined): ReadUnit {
  if (isUserKind(kind) && (by === undefined || singleName(by) === 'targetingKey')) return readTargetingKey;
  const read = compileRead(by ?? 'targetingKey', kind);
  return (user, context, strict) => {
    const value = read(user, context, strict);
    return isUnit(value) ? value : undefined;
  };
}

/** The commonest unit with a load of its own, so that engines cache it apart from other attributes. */
export function readTargetingKey(user: Attributes, _context: unknown, strict: boolean): Unit | undefined {
  const value = user['targetingKey'];
  if (!isUnit(value) || (strict && !hasOwn(user, 'targetingKey'))) return undefined;
  return value;
}

/** True for a text that is not empty and not too long, and for a safe integer. */
export function isUnit(value: unknown): value is Unit {
  if (typeof value !== 'string') return Number.isSafeInteger(value);
  return value.length !== 0 && value.length <= limits.unitCharsMax;
}

/** The name of a top-level attribute of any form, or undefined for a path. */
export function singleName(attribute: AttributeName): string | undefined {
  if (typeof attribute === 'string') return attribute;
  return attribute.length === 1 ? attribute[0] : undefined;
}

/** True when the kind is left out or names the user. */
export function isUserKind(kind: string | undefined): kind is undefined | 'user' {
  return kind === undefined || kind === userKind;
}

/** True for what may name an attribute in a document. */
export function isAttributeName(value: unknown): value is AttributeName {
  if (typeof value === 'string') return true;
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.attributePathMax) return false;
  return value.every((name) => typeof name === 'string');
}
