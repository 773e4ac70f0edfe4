// Refuses requests that leave out a key they cannot do without, or send one that is longer than any key.
import { fail, limits } from '@org/contract';
import type { Fault, Violation } from '@org/contract';

/** A fault naming every one of the fields that is empty or has more than 256 characters; undefined when none has. */
export function requireFields<Q>(
  request: Q,
  fields: readonly (keyof Q & string)[],
): { readonly ok: false; readonly fault: Fault } | undefined {
  const violations = fields.flatMap((field) => violationsOf(field, request[field]));
  const [first] = violations;
  return first === undefined ? undefined : fail('INVALID_REQUEST', first.message, { violations });
}

function violationsOf(field: string, value: unknown): readonly Violation[] {
  const name = protoName(field);
  if (typeof value !== 'string' || value === '') {
    return [{ field: name, rule: 'required', message: `${name} must be set.` }];
  }
  if (value.length <= limits.keyCharsMax) return [];
  return [
    { field: name, rule: 'max_length', message: `${name} has at most ${limits.keyCharsMax} characters.` },
  ];
}

/** Violations name fields as the proto does, whatever the transport calls them. */
function protoName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
