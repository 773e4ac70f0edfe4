// OpenFeature's flag manifest: keys, types and defaults, from which the OpenFeature CLI makes accessors in many languages.
import type { Flag, JsonValue } from '@org/flags-admin';
import type { NamedFlag } from '../definition.ts';
import { defaultValueOf } from './default-value.ts';

export interface Manifest {
  readonly $schema: string;
  readonly flags: {
    readonly [key: string]: {
      readonly flagType: 'boolean' | 'string' | 'integer' | 'float' | 'object';
      readonly defaultValue: JsonValue;
      readonly description?: string;
    };
  };
}

/** The manifest of these flags, sorted by key. */
export const manifestOf = (flags: readonly NamedFlag[]): Manifest => ({
  $schema: 'https://raw.githubusercontent.com/open-feature/cli/refs/heads/main/schema/v0/flag-manifest.json',
  flags: Object.fromEntries(
    flags.map(({ key, flag }) => [
      key,
      {
        flagType: flagTypeOf(flag),
        defaultValue: defaultValueOf(flag),
        ...(flag.description ? { description: flag.description } : {}),
      },
    ]),
  ),
});

/** A number is an integer where every variant is one and nobody said otherwise. As the core serves it. */
function flagTypeOf({ type, variants, metadata }: Flag): Manifest['flags'][string]['flagType'] {
  if (type === 'kill_switch') return 'boolean';
  if (type !== 'number') return type;
  const isWhole = Object.values(variants).every((value) => Number.isSafeInteger(value));
  return isWhole && metadata?.['manifestType'] !== 'float' ? 'integer' : 'float';
}
