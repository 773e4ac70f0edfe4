// Splits whose units keep the variant they were given first, whatever becomes of the weights. Who remembers it is a port:
// pure code has no memory.
import type { OutcomeRecord } from './outcome.ts';
import type { Decide, Split } from './split.ts';

/** Remembers which variant a unit was given. Called during evaluation: it must be quick, and must not throw. */
export interface StickyPort {
  /** The variant given earlier; undefined when none is known. `unitHash` is the bucketing hash, signed. */
  get(slot: string, context: unknown, unitHash: number): string | undefined;
  /** A unit was given a variant by its hash. */
  set(slot: string, context: unknown, unitHash: number, variant: string): void;
}

/** What a split is remembered under: another salt is another split. */
export const slotOf = (flagKey: string, rule: string, salt: string): string => `${flagKey}/${rule}/${salt}`;

/** The variant remembered, if the split still names it (with weight 0, too); else the one of the unit's share. */
export function stickyDecide(
  split: Split,
  named: ReadonlyMap<string, OutcomeRecord>,
  slot: string,
  port: StickyPort,
): Decide {
  return (user, context, strict) => {
    const drawn = split.decide(user, context, strict);
    // Undefined: there is no unit to remember anything for. The split left the hash for whoever records exposures.
    if (drawn?.variant === undefined) return drawn;
    const unitHash = split.probe.last;
    const kept = named.get(port.get(slot, context, unitHash) ?? '');
    if (kept !== undefined) return kept;
    port.set(slot, context, unitHash, drawn.variant);
    return drawn;
  };
}
