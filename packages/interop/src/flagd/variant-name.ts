// Reads what targeting answers with as the name of a variant of the flag.
import { leaveOut, type Scope } from './scope.ts';

/** The variant's name: flagd turns booleans and numbers into texts. Undefined, and reported, when the flag has none of that name. */
export function variantName(value: unknown, scope: Scope): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') {
    return leaveOut(scope, 'only the name of a variant is understood here');
  }
  const name = String(value);
  return scope.variants.has(name) ? name : leaveOut(scope, `the flag has no variant "${name}"`);
}
