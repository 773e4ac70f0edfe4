// Remembers in localStorage which variants units were given by sticky splits. A full or forbidden storage is no error: then
// they are remembered as long as the page lives.
import type { EvaluatorOptions } from '@org/evaluator/compact';
import { hash64 } from '@org/sync/stream';
import { stickyMax } from './limits.ts';

type StickyPort = NonNullable<EvaluatorOptions['sticky']>;

/** The memory of one environment: `scope` names it. */
export const createSticky = (scope: string): StickyPort => {
  const name = `flags-sticky:${hash64(scope)}`;
  let kept = new Map<string, string>();
  /** What other tabs remembered meanwhile is in it. */
  const read = (): typeof kept => {
    try {
      return new Map(JSON.parse(localStorage.getItem(name)!) as [string, string][]);
    } catch {
      return kept;
    }
  };
  kept = read();
  return {
    get: (slot, _, unit) => kept.get(slot + unit),
    set(slot, _, unit, variant) {
      kept = read().set(slot + unit, variant);
      // The oldest goes first.
      if (kept.size > stickyMax) kept.delete(kept.keys().next().value!);
      try {
        localStorage.setItem(name, JSON.stringify([...kept]));
      } catch {
        // Full or forbidden.
      }
    },
  };
};
