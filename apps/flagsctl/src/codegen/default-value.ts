// What an application answers while it knows nothing of the environment: the value of a flag that is off.
import type { Flag, JsonValue } from '@org/flags-admin';

/** The off variant's value; without one the default variant's; without that nothing of the flag's type. */
export function defaultValueOf({ type, variants, offVariant, default: served }: Flag): JsonValue {
  const name = offVariant ?? (served !== undefined && 'variant' in served ? served.variant : undefined);
  if (name !== undefined && Object.hasOwn(variants, name)) return variants[name]!;
  return type === 'string' ? '' : type === 'number' ? 0 : type === 'object' ? {} : false;
}
