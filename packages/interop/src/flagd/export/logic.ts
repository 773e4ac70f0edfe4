// JSONLogic as the export writes it: small pieces that mean in flagd exactly what ours mean, whatever the context holds.
import type { JsonValue } from '@org/contract/model';
import { refuse, type ExportScope } from './scope.ts';

export type Logic = JsonValue;

/** `{op: operands}`. */
export const call = (op: string, ...operands: readonly Logic[]): Logic => ({ [op]: operands });

/** All of them; one alone stands for itself. An empty list is true here, and null in JSONLogic. */
export function allOf(of: readonly Logic[]): Logic {
  const [only] = of;
  if (only === undefined) return true;
  return of.length === 1 ? only : { and: of };
}

/** One of them; one alone stands for itself. */
export function anyOf(of: readonly Logic[]): Logic {
  const [only] = of;
  if (only === undefined) return false;
  return of.length === 1 ? only : { or: of };
}

/** Reads an attribute; undefined, and reported, when JSONLogic cannot name it. */
export function variable(
  attribute: string | readonly string[],
  kind: string | undefined,
  scope: ExportScope,
): Logic | undefined {
  if (kind !== undefined && kind !== 'user')
    return refuse(scope, `it reads the context kind "${kind}", and flagd has no kinds`);
  const steps = typeof attribute === 'string' ? [attribute] : attribute;
  const [first] = steps;
  if (first === '$flagd') return refuse(scope, 'flagd puts its own values into the attribute "$flagd"');
  const isNameable = steps.every((step) => step !== '' && !/[.\\/~]/.test(step));
  if (!isNameable) return refuse(scope, `JSONLogic cannot name the attribute ${JSON.stringify(attribute)}`);
  return { var: steps.join('.') };
}

/** True for texts only: `starts_with` answers null for everything else. */
export const isText = (value: Logic): Logic => call('starts_with', value, '');

/** True for numbers only. JSONLogic also orders texts, booleans and null, which are told apart here one by one. */
export function isNumber(value: Logic): readonly Logic[] {
  return [
    call('!==', value, null),
    call('!', isText(value)),
    call('!==', value, true),
    call('!==', value, false),
  ];
}

/** True for what is a unit: a text that is not empty, or a safe integer. */
export function isUnit(value: Logic): Logic {
  return anyOf([allOf([isText(value), call('!==', value, '')]), allOf(isInteger(value))]);
}

/** True for safe integers only. */
export function isInteger(value: Logic): readonly Logic[] {
  const { MAX_SAFE_INTEGER: max } = Number;
  return [...isNumber(value), call('<=', -max, value, max), call('===', call('%', value, 1), 0)];
}

/** The salt and the unit as one text; undefined, and reported, when flagd would make another one of them. */
export function exportSalted(
  salt: string,
  written: Logic,
  unit: Logic,
  scope: ExportScope,
): Logic | undefined {
  // flagd's `cat` trims what it makes of several; alone, a value is not trimmed.
  if (salt.trimStart() !== salt) return refuse(scope, 'its salt begins with white space');
  return salt === '' ? call('cat', unit) : call('cat', written, unit);
}

/** True when the value is one of the texts. Without the guard, flagd finds the number 0 in every list of words. */
export const isOneOfTexts = (value: Logic, texts: readonly string[]): Logic =>
  allOf([isText(value), call('in', value, texts)]);
