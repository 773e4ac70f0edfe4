// What an application answers while it knows nothing of the environment: the value of a flag that is off.
import type { Flag, JsonValue } from '@org/flags-admin';

/**
 * The value of the off variant. Without one: false for what is on or off, else the value of the variant that everybody gets, else
 * of the first one by name.
 */
export function defaultValueOf({ variants, offVariant, default: served, type }: Flag): JsonValue {
  if (offVariant === undefined && (type === 'boolean' || type === 'kill_switch')) return false;
  const everybody = served !== undefined && 'variant' in served ? served.variant : undefined;
  const name = [offVariant, everybody, ...Object.keys(variants).sort()].find((each) => each !== undefined);
  if (name !== undefined && Object.hasOwn(variants, name)) return variants[name]!;
  // A file was not checked by a server.
  return type === 'string' ? '' : type === 'number' ? 0 : type === 'object' ? {} : false;
}
