// Takes and checks the operands that several operators share.
import type { Findings } from '../findings.ts';
import { own, type UntrustedRecord } from '../untrusted.ts';

/** `value`: a finite number. */
export function takeNumber(test: UntrustedRecord, findings: Findings): number | undefined {
  refuse(test, 'values', findings);
  const value = own(test, 'value');
  if (isFiniteNumber(value)) return value;
  findings.add('operand_finite_number', '', 'value');
  return undefined;
}

/** `values`: a list in which every element fulfils the check; the rule is reported for those that do not. */
export function takeList<T>(
  test: UntrustedRecord,
  findings: Findings,
  rule: string,
  fits: (element: unknown) => element is T,
  lengthMin = 1,
): readonly T[] | undefined {
  refuse(test, 'value', findings);
  const values = own(test, 'values');
  if (!Array.isArray(values) || values.length < lengthMin) {
    findings.add('operand_list', '', 'values');
    return undefined;
  }
  const list: unknown[] = values;
  if (list.every(fits)) return list;
  list.forEach((element, index) => fits(element) || findings.add(rule, '', 'values', index));
  return undefined;
}

/** `values`: one or more non-empty texts. */
export function takeTexts(test: UntrustedRecord, findings: Findings): readonly string[] | undefined {
  return takeList(test, findings, 'operand_text', isText);
}

/** Reports an operand that the operator does not take: it would be silently ignored otherwise. */
export function refuse(test: UntrustedRecord, name: 'value' | 'values', findings: Findings): void {
  if (own(test, name) !== undefined) findings.add('operand_unexpected', name, name);
}

export function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
