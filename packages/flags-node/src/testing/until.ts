// Waiting for a condition, generously: tests neither sleep nor judge by the clock.

/** Resolves when the condition holds; rejects after 20 s with what was waited for. */
export const until = async (what: string, condition: () => boolean): Promise<void> => {
  const endMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
