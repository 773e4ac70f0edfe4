// Values while logic is evaluated: what JSON would make of them. Contexts are not trusted and may hold anything; only own
// members count, whatever their names.

import { Call } from './call.ts';

export type Value = unknown;
export type List = readonly Value[];
export type Members = Readonly<Record<string, unknown>>;

/** A value as JSON has it, one level deep: what JSON lacks is null, and texts have no lone surrogates. */
export function clean(value: unknown): Value {
  switch (typeof value) {
    case 'string':
      return wellFormed(value);
    // Not-a-number and the infinities, too: they are what arithmetic answers.
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      return value instanceof Date ? textOf(value) : value;
    default:
      return null;
  }
}

/** As JSON has dates. */
const textOf = (date: Date): string | null => (Number.isNaN(date.getTime()) ? null : date.toISOString());

// In every engine since 2023; the types of the language version used here do not know them yet.
const wellFormed = (text: string): string => {
  const { isWellFormed, toWellFormed } = text as unknown as {
    isWellFormed: () => boolean;
    toWellFormed: () => string;
  };
  return isWellFormed.call(text) ? text : toWellFormed.call(text);
};

/** True for lists. */
export function isList(value: Value): value is List {
  return Array.isArray(value);
}

/** True for objects that are no lists. */
export function isMembers(value: Value): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member, or null. */
export function memberOf(members: Members, name: string): Value {
  if (members instanceof Call) return name === members.name ? members.values : null;
  return Object.hasOwn(members, name) ? clean(members[name]) : null;
}

/** An element, or null. */
export function itemOf(list: List, index: number): Value {
  return index < list.length ? clean(list[index]) : null;
}

/** The names of the members that JSON would have. */
export function namesOf(members: Members): readonly string[] {
  if (members instanceof Call) return [members.name];
  const names = Object.keys(members);
  for (let i = 0; i < names.length; i++) {
    if (isAbsent(members[names[i]!])) return names.filter((name) => !isAbsent(members[name]));
  }
  return names;
}

const isAbsent = (value: unknown): boolean =>
  value === undefined || typeof value === 'function' || typeof value === 'symbol';

/** flagd's truth: false, 0, null, and empty texts, lists and objects are false. Not-a-number is true. */
export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return value !== 0;
    case 'string':
      return value !== '';
    default:
      if (isList(value)) return value.length > 0;
      return isMembers(value) && namesOf(value).length > 0;
  }
}
