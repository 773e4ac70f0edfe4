// Takes and checks the operands that several operators share.
import type { Findings } from '../findings.ts';
import { limits } from '../limits.ts';
import { own, type UntrustedRecord } from '../untrusted.ts';
import { foldCase } from '../values/fold-case.ts';

export type Member = string | number | boolean;

/** `value`: a finite number. */
export function takeNumber(test: UntrustedRecord, findings: Findings): number | undefined {
  return takeValue(test, findings, 'operand_finite_number', (value) =>
    isFiniteNumber(value) ? value : undefined,
  );
}

/** `value`: what the reader makes of it; the rule is reported when that is undefined. */
export function takeValue<T>(
  test: UntrustedRecord,
  findings: Findings,
  rule: string,
  read: (value: unknown) => T | undefined,
): T | undefined {
  const taken = read(own(test, 'value'));
  if (taken === undefined) findings.add(rule, '', 'value');
  return taken;
}

/** `values`: a list of at most 10,000; the rule is reported for elements of which the reader makes nothing. */
export function takeList<T>(
  test: UntrustedRecord,
  findings: Findings,
  rule: string,
  read: (element: unknown) => T | undefined,
  lengthMin = 1,
): readonly T[] | undefined {
  const values = own(test, 'values');
  if (!Array.isArray(values) || values.length < lengthMin) {
    findings.add('operand_list', '', 'values');
    return undefined;
  }
  if (values.length > limits.listValuesMax) {
    findings.add('operand_list_length', '', 'values');
    return undefined;
  }
  return readAll(values, findings, rule, read);
}

/** The list itself where the reader changes nothing in it: most lists are kept as they came. */
function readAll<T>(
  values: readonly unknown[],
  findings: Findings,
  rule: string,
  read: (element: unknown) => T | undefined,
): readonly T[] | undefined {
  let changed: T[] | undefined;
  let isWhole = true;
  values.forEach((element, index) => {
    const member = read(element);
    if (member === undefined) isWhole = findings.add(rule, '', 'values', index);
    else if (changed !== undefined || member !== element)
      (changed ??= values.slice(0, index) as T[]).push(member);
  });
  if (!isWhole) return undefined;
  return changed ?? (values as readonly T[]);
}

/** Texts, and whether their case matters. */
export interface Texts {
  readonly texts: readonly string[];
  readonly ignoreCase: boolean;
}

/** `values`: one or more non-empty texts, folded when their case is ignored. */
export function takeTexts(test: UntrustedRecord, findings: Findings): Texts | undefined {
  const ignoreCase = takeIgnoreCase(test, findings);
  const texts = takeList(test, findings, 'operand_text', (element) =>
    typeof element === 'string' && element !== '' ? element : undefined,
  );
  return texts && { texts: ignoreCase ? texts.map(foldCase) : texts, ignoreCase };
}

/** What equality compares with, and whether case matters. */
export interface Members {
  readonly members: readonly Member[];
  readonly ignoreCase: boolean;
}

/** `values`: texts, numbers and booleans; texts folded when their case is ignored. */
export function takeMembers(
  test: UntrustedRecord,
  findings: Findings,
  lengthMin: number,
): Members | undefined {
  const ignoreCase = takeIgnoreCase(test, findings);
  const members = takeList(
    test,
    findings,
    'operand_member',
    (element) => (isMember(element) ? element : undefined),
    lengthMin,
  );
  const fold = (member: Member) => (typeof member === 'string' ? foldCase(member) : member);
  return members && { members: ignoreCase ? members.map(fold) : members, ignoreCase };
}

/** `ignoreCase`: true or false, false when left out. */
export function takeIgnoreCase(test: UntrustedRecord, findings: Findings): boolean {
  const ignoreCase = own(test, 'ignoreCase') ?? false;
  if (typeof ignoreCase !== 'boolean') findings.add('operand_ignore_case', '', 'ignoreCase');
  return ignoreCase === true;
}

/** An attribute without case; a text that is too long to look at is nothing then. */
export function foldAttribute(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.length <= limits.subjectCharsMax ? foldCase(value) : undefined;
}

export function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isMember(value: unknown): value is Member {
  return typeof value === 'string' || typeof value === 'boolean' || isFiniteNumber(value);
}
