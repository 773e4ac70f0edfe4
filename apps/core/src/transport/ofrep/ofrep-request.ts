// The body of an OFREP request: `{"context": {…}}`. Every failure is a 400 that OFREP has a code for.
import { fail, succeed } from '@org/contract';
import type { Result, Violation } from '@org/contract';
import { createFindings, isObject } from '../json/findings.ts';
import { checkStruct } from '../json/check-well-known.ts';
import { parseJson } from '../json/read-json.ts';
import { contextFault } from '../methods/check-context.ts';
import { contextRequestBytesMax, sizeFault } from '../unary-method.ts';

/** The evaluation context of a request. A targeting key is asked for by the flags that need one, and by no other. */
export function readContext(body: Uint8Array): Result<Record<string, unknown>> {
  const tooLarge = sizeFault(body.length, contextRequestBytesMax);
  if (tooLarge !== undefined) return invalid(tooLarge.message, tooLarge.violations ?? []);
  const json = parseJson(body);
  if (!json.ok) return json;
  const context = isObject(json.value) ? json.value['context'] : undefined;
  const findings = createFindings();
  checkStruct(context, 'context', 0, findings.report);
  const [first] = findings.violations;
  if (first !== undefined) return invalid(`${first.field}: ${first.message}`, findings.violations);
  const known = context as Record<string, unknown>;
  const malformed = contextFault(known);
  return malformed === undefined ? succeed(known) : invalid(malformed.message, malformed.violations ?? []);
}

function invalid(message: string, violations: readonly Violation[]): Result<never> {
  return fail('EVALUATION_FAILED', message, { violations });
}
