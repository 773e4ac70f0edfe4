// Whose event it is: the targeting keys of a context by kind. Everything else of the context stays where it is.
import { unitCharsMax, unitsMax } from './limits.ts';

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null;

const keyOf = (context: { readonly [name: string]: unknown }): string | undefined => {
  const key = Object.hasOwn(context, 'targetingKey') ? context['targetingKey'] : undefined;
  if (typeof key === 'string') return key !== '' && key.length <= unitCharsMax ? key : undefined;
  return Number.isSafeInteger(key) ? String(key) : undefined;
};

/** Unit keys by context kind, e.g. `{user: 'u-1'}`. Never throws, whatever the context does. */
export const unitsOf = (context: unknown): { [kind: string]: string } => {
  // Without prototype: a kind may have any name.
  const units: { [kind: string]: string } = Object.create(null) as { [kind: string]: string };
  try {
    if (!isObject(context)) return units;
    const kind = Object.hasOwn(context, 'kind') ? context['kind'] : undefined;
    if (kind !== 'multi') {
      const key = keyOf(context);
      if (key !== undefined)
        units[typeof kind === 'string' && kind !== '' ? kind.slice(0, unitCharsMax) : 'user'] = key;
      return units;
    }
    for (const name of Object.keys(context).slice(0, unitsMax + 1)) {
      const part = name === 'kind' ? undefined : context[name];
      const key = isObject(part) ? keyOf(part) : undefined;
      if (key !== undefined) units[name] = key;
    }
  } catch {
    // A getter or proxy that throws: what was read so far has to do.
  }
  return units;
};
