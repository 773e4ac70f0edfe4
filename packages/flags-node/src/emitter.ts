// Events of the client to its application. A listener that throws, or fails later, harms nobody.

/** Adds and calls listeners. */
export interface Emitter<Events extends object> {
  /** The returned function removes the listener. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void;
  has(name: keyof Events): boolean;
  clear(): void;
}

/** `onFailure` hears what listeners throw. */
export const createEmitter = <Events extends object>(
  onFailure: (error: unknown) => void,
): Emitter<Events> => {
  const listeners = new Map<keyof Events, Set<(event: never) => unknown>>();
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      // A wrapper of its own, so that the same function can be added twice and removed once.
      const own = (event: never): unknown => listener(event);
      set.add(own);
      return () => void set.delete(own);
    },
    emit(name, event) {
      for (const listener of [...(listeners.get(name) ?? [])]) {
        try {
          const result = (listener as (event: unknown) => unknown)(event);
          // An async listener fails later: nobody else would catch that, and Node ends the process.
          if (result !== undefined) Promise.resolve(result).catch(onFailure);
        } catch (error) {
          onFailure(error);
        }
      }
    },
    has: (name) => (listeners.get(name)?.size ?? 0) > 0,
    clear: () => listeners.clear(),
  };
};
