// Refuses requests that leave out a field they cannot do without.
import { fail } from '@org/contract';
import type { Fault } from '@org/contract';

/** A fault naming every one of the fields that is empty; undefined when none is. */
export function requireFields<Q>(
  request: Q,
  fields: readonly (keyof Q & string)[],
): { readonly ok: false; readonly fault: Fault } | undefined {
  const missing = fields.filter((field) => request[field] === '' || request[field] === undefined);
  if (missing.length === 0) return undefined;
  return fail('INVALID_REQUEST', `Required: ${missing.join(', ')}.`, {
    violations: missing.map((field) => ({ field, rule: 'required', message: `${field} must be set.` })),
  });
}
