// How generated code sets a member whose name came from outside. Used by nothing else.

/** Sets an own member, also one called `__proto__`, which a plain assignment would lose. */
export function setOwn<T>(target: { [name: string]: T }, name: string, value: T): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
