// Checks the fields of a request that are not documents: lengths, counts, texts the database can hold.
import { fail, limits, type Result, type Violation } from '@org/contract';

/** Texts that every commit carries. */
export interface CommitTexts {
  readonly author: string;
  readonly reason: string;
  readonly idempotencyKey: string;
}

const textLimits: readonly (readonly [keyof CommitTexts, string, number])[] = [
  ['author', 'author', limits.keyCharsMax],
  ['reason', 'reason', limits.reasonCharsMax],
  ['idempotencyKey', 'idempotency_key', limits.idempotencyKeyCharsMax],
];

export const checkTexts = (texts: CommitTexts): readonly Violation[] =>
  textLimits.flatMap(([name, field, charsMax]) => checkText(texts[name], field, charsMax));

/** A text of bounded length that the database can hold: no NUL, no lone surrogate. */
export function checkText(text: string, field: string, charsMax: number, charsMin = 0): readonly Violation[] {
  const findings: Violation[] = [];
  if (text.length < charsMin) findings.push({ field, rule: 'required', message: 'A value is required.' });
  if (text.length > charsMax)
    findings.push({ field, rule: 'max_length', message: `At most ${charsMax} characters.` });
  if (/\p{Cs}|\0/u.test(text))
    findings.push({ field, rule: 'well_formed', message: 'Holds NUL or a lone surrogate.' });
  return findings;
}

/** A fault for findings about a request, or undefined when there are none. */
export const invalidRequest = (
  violations: readonly Violation[],
): ({ ok: false } & Result<never>) | undefined =>
  violations.length === 0
    ? undefined
    : fail('INVALID_REQUEST', `The request was refused: ${violations.length} finding(s).`, { violations });

/** Callers' idempotency keys and controllers' have name spaces of their own. */
export const callerScope = (idempotencyKey: string): string | undefined =>
  idempotencyKey === '' ? undefined : `caller:${idempotencyKey}`;
export const controllerScope = (step: string): string => `controller:${step}`;
