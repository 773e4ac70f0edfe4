// Names of accessors, from flag keys. The same keys give the same names, in any order of discovery.

/** JavaScript's own, which a property had better not be called. */
const reserved: ReadonlySet<string> = new Set(['constructor', 'prototype', 'toString', 'valueOf', 'then']);

/** The accessor's name of each key: camel case; keys that come to the same get a number, in the order of the keys. */
export function accessorNames(keys: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const key of keys.toSorted()) {
    const base = camelCase(key);
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`;
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

/** `new-checkout` and `New checkout` as `newCheckout`, `2fa` as `flag2fa`. */
export function camelCase(key: string): string {
  const words = key.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const joined = words
    .map((word, index) => (index === 0 ? lowerFirst(word) : word[0]!.toUpperCase() + word.slice(1)))
    .join('');
  const name = /^[\p{ID_Start}]/u.test(joined) ? joined : `flag${joined}`;
  return reserved.has(name) || !/^[\p{ID_Continue}]+$/u.test(name)
    ? `${name.replace(/[^\p{ID_Continue}]/gu, '')}Flag`
    : name;
}

/** `newCheckout` keeps its humps, `HTTPTimeout` becomes `httpTimeout`. */
const lowerFirst = (word: string): string =>
  word.replace(/^\p{Lu}+(?=\p{Lu}\p{Ll}|$|\p{N})|^\p{Lu}/u, (start) => start.toLowerCase());
