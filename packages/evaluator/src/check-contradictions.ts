// Prerequisites that can never hold together. All that a flag requires must hold at once, directly or through others: a
// prerequisite that holds was served by a flag whose own prerequisites hold.
import { own, isRecord, ownList } from './untrusted.ts';

/** Prerequisites looked at for one flag; with more nothing is said about the rest. */
const prerequisitesMax = 1_000;

/** A required flag that would have to serve two variants at once, and which of the flag's own prerequisites asks for that. */
export interface Contradiction {
  readonly index: number;
  readonly flag: string;
}

/** The first contradiction in what a flag requires. Cycles are walked once. */
export function contradictionIn(flag: unknown, flagOf: (key: string) => unknown): Contradiction | undefined {
  const allowed = new Map<string, readonly unknown[]>();
  const visited = new Set<string>();
  let left = prerequisitesMax;

  /** The flag that is left without any variant by what this one requires. */
  const require = (prerequisite: unknown): string | undefined => {
    const key = isRecord(prerequisite) ? own(prerequisite, 'flag') : undefined;
    if (!isRecord(prerequisite) || typeof key !== 'string' || --left < 0) return undefined;
    const document = flagOf(key);
    // A kill switch is "off" only while it is killed, and what is killed fulfils nothing.
    const before = allowed.get(key) ?? (isKillSwitch(document) ? ['on'] : undefined);
    const wanted = ownList(prerequisite, 'variants');
    const both = before === undefined ? wanted : wanted.filter((variant) => before.includes(variant));
    allowed.set(key, both);
    if (both.length === 0 && wanted.length > 0) return key;
    if (visited.has(key) || !isRecord(document)) return undefined;
    visited.add(key);
    return firstOf(ownList(document, 'prerequisites'), require)?.found;
  };
  const first = isRecord(flag) ? firstOf(ownList(flag, 'prerequisites'), require) : undefined;
  return first && { index: first.index, flag: first.found };
}

const isKillSwitch = (document: unknown): boolean =>
  isRecord(document) && own(document, 'type') === 'kill_switch';

function firstOf<T>(
  list: readonly T[],
  find: (element: T) => string | undefined,
): { readonly index: number; readonly found: string } | undefined {
  for (const [index, element] of list.entries()) {
    const found = find(element);
    if (found !== undefined) return { index, found };
  }
  return undefined;
}
