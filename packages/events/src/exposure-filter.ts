// Remembers which outcome a unit of a flag saw last, in a fixed number of slots: a unit that goes on seeing the same is
// reported once, A then B then A three times. Forgets under pressure (an exposure too many, never one too few, but for
// two units of one flag with the same 32-bit hash). Never allocates after the start.

export interface ExposureFilter {
  /** True when the unit did not see this outcome last. `unitHash`: 32 bits, signed or not. */
  isNew(flagId: number, unitHash: number, outcomeId: number): boolean;
}

const slotsDefault = 65_536;
const mixA = 0x85ebca6b;
const mixB = 0x9e3779b1;

/** `slots`: a power of two, 12 bytes each. Default 65,536. */
export const createExposureFilter = ({
  slots = slotsDefault,
}: { readonly slots?: number } = {}): ExposureFilter => {
  const flags = new Int32Array(slots).fill(-1);
  const units = new Int32Array(slots);
  const outcomes = new Int32Array(slots);
  return {
    isNew(flagId, unitHash, outcomeId) {
      const unit = unitHash | 0;
      let mixed = unit ^ Math.imul(flagId, mixB);
      mixed = Math.imul(mixed ^ (mixed >>> 16), mixA);
      const slot = (mixed ^ (mixed >>> 13)) & (slots - 1);
      if (flags[slot] === flagId && units[slot] === unit && outcomes[slot] === outcomeId) return false;
      flags[slot] = flagId;
      units[slot] = unit;
      outcomes[slot] = outcomeId;
      return true;
    },
  };
};
