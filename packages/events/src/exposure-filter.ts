// Remembers which outcome a unit of a flag saw last, in a fixed number of slots: a unit that goes on seeing the same is
// reported once, A then B then A three times. Forgets under pressure (an exposure too many, never one too few, but for
// two units of one flag with the same 32-bit hash). Never allocates after the start.

export interface ExposureFilter {
  /** True when the unit did not see this outcome last. `unitHash`: 32 bits, signed or not. */
  isNew(flagId: number, unitHash: number, outcomeId: number): boolean;
}

/** Slots of one set stand together in memory: few units push each other out, and one cache line answers. */
const slotsPerSet = 8;
/** Of one slot: flag + 1, unit, outcome. */
const slotNumbers = 3;
/** Of one set: its slots, and which of them is given up next. */
const setNumbersLog2 = 5;
const nextAt = slotsPerSet * slotNumbers;

/** `slots`: a power of two, at least 8; 16 bytes each. Default 65,536. */
export const createExposureFilter = ({
  slots = 65_536,
}: { readonly slots?: number } = {}): ExposureFilter => {
  const sets = slots / slotsPerSet;
  const table = new Int32Array(sets << setNumbersLog2);
  return {
    isNew(flagId, unitHash, outcomeId) {
      const flag = flagId + 1;
      const unit = unitHash | 0;
      let mixed = unit ^ Math.imul(flag, 0x9e3779b1);
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
      const first = ((mixed ^ (mixed >>> 13)) & (sets - 1)) << setNumbersLog2;
      for (let at = first; at < first + nextAt; at += slotNumbers) {
        if (table[at] === flag && table[at + 1] === unit) {
          const isOther = table[at + 2] !== outcomeId;
          table[at + 2] = outcomeId;
          return isOther;
        }
      }
      const at = first + slotNumbers * (table[first + nextAt]!++ & (slotsPerSet - 1));
      table[at] = flag;
      table[at + 1] = unit;
      table[at + 2] = outcomeId;
      return true;
    },
  };
};
