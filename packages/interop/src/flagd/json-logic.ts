// Reads untrusted JSONLogic: what sort of node it is. Knows no meaning.

import type { JsonValue } from '@org/contract/model';

/** A JSON object, whose members are only its own. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** A JSONLogic node: a literal, a list, or one operator with its operands. */
export type Node =
  | { readonly type: 'literal'; readonly value: string | number | boolean | null }
  | { readonly type: 'list'; readonly items: readonly unknown[] }
  | { readonly type: 'call'; readonly operator: string; readonly operands: readonly unknown[] }
  | { readonly type: 'broken' };

/** Whether a value is an object that is no array. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tells what a node is. A single operand may stand without brackets, as JSONLogic allows. */
export function readNode(value: unknown): Node {
  if (value === null || typeof value === 'string' || typeof value === 'boolean')
    return { type: 'literal', value };
  if (typeof value === 'number')
    return Number.isFinite(value) ? { type: 'literal', value } : { type: 'broken' };
  if (Array.isArray(value)) return { type: 'list', items: value };
  if (!isRecord(value)) return { type: 'broken' };
  const [operator, ...more] = Object.keys(value);
  if (operator === undefined || more.length > 0) return { type: 'broken' };
  const operand = value[operator];
  return { type: 'call', operator, operands: Array.isArray(operand) ? operand : [operand] };
}

/** JSONLogic's truth: false, 0, "", null and empty lists are false. */
export function isTruthy(value: string | number | boolean | null): boolean {
  return Boolean(value);
}

/** Whether a value is the pattern, member by member. Looks no deeper than the pattern is. */
export function matches(value: unknown, pattern: JsonValue): boolean {
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(value) &&
      value.length === pattern.length &&
      pattern.every((item: JsonValue, index) => matches(value[index], item))
    );
  }
  if (!isRecord(pattern)) return value === pattern;
  const names = Object.keys(pattern);
  return (
    isRecord(value) &&
    Object.keys(value).length === names.length &&
    names.every((name) => Object.hasOwn(value, name) && matches(value[name], pattern[name] as JsonValue))
  );
}
