// Puts shared fragments of a flagd definition where they are used, when their text holds what its JSON writes with a backslash:
// flagd-core for Python (1.0) takes fragments for patterns of a replacement and loses the whole definition over one.
import type { FlagdDefinition } from '@org/interop';
import type { JsonValue } from '@org/contract/model';

const plain = /^[\x20-\x5b\x5d-\x7e]*$/;

/** The same definition, its fragile fragments inlined. */
export function inlineFragile(definition: FlagdDefinition): FlagdDefinition {
  const fragments = Object.entries(definition.$evaluators ?? {});
  const fragile = new Map(
    fragments.filter(([name, body]) => !plain.test(name) || !plain.test(JSON.stringify(body))),
  );
  if (fragile.size === 0) return definition;
  const { $evaluators: _all, ...rest } = definition;
  const kept = fragments.filter(([name]) => !fragile.has(name));
  const flags = Object.entries(definition.flags).map(([key, flag]) => {
    const { targeting } = flag as { readonly targeting?: JsonValue };
    return [
      key,
      targeting === undefined ? flag : { ...flag, targeting: inline(targeting, fragile) },
    ] as const;
  });
  return {
    ...rest,
    // Of entries, so that a flag named __proto__ is a flag.
    flags: Object.fromEntries<FlagdDefinition['flags'][string]>(flags),
    ...(kept.length > 0 && { $evaluators: Object.fromEntries(kept) }),
  };
}

function inline(logic: JsonValue, fragile: ReadonlyMap<string, JsonValue>): JsonValue {
  if (typeof logic !== 'object' || logic === null) return logic;
  if (Array.isArray(logic)) return logic.map((part: JsonValue) => inline(part, fragile));
  const entries = Object.entries(logic);
  const [first] = entries;
  if (entries.length === 1 && first![0] === '$ref' && typeof first![1] === 'string')
    return fragile.get(first![1]) ?? logic;
  return Object.fromEntries(entries.map(([name, part]) => [name, inline(part, fragile)]));
}
