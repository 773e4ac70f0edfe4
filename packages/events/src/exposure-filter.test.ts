// Once per outcome seen, three times for A, B, A; bounded and never silent about a change.
import { describe, expect, it } from 'vitest';
import { createExposureFilter } from './exposure-filter.ts';

describe('exposure filter', () => {
  it('reports a unit that goes on seeing the same once', () => {
    const filter = createExposureFilter();
    expect(filter.isNew(1, 42, 7)).toBe(true);
    for (let again = 0; again < 10; again += 1) expect(filter.isNew(1, 42, 7)).toBe(false);
  });

  it('reports A, B, A three times', () => {
    const filter = createExposureFilter();
    expect([7, 8, 7].map((outcome) => filter.isNew(1, 42, outcome))).toEqual([true, true, true]);
  });

  it('tells flags and units apart, signed or not', () => {
    const filter = createExposureFilter();
    expect(filter.isNew(1, 0xffff_fffe, 7)).toBe(true);
    expect(filter.isNew(2, 0xffff_fffe, 7)).toBe(true);
    expect(filter.isNew(1, -2, 7)).toBe(false);
  });

  it('never holds back a change, however many units pass, and forgets only to report again', () => {
    const filter = createExposureFilter({ slots: 64 });
    const last = new Map<number, number>();
    for (let step = 0; step < 20_000; step += 1) {
      const unit = Math.imul(step % 997, 0x9e3779b1);
      const outcome = Math.floor(step / 5_000);
      const isNew = filter.isNew(3, unit, outcome);
      if (last.get(unit) !== outcome) expect(isNew).toBe(true);
      last.set(unit, outcome);
    }
  });

  it('knows nearly all of as many units as a quarter of its slots', () => {
    const filter = createExposureFilter();
    const units = Array.from({ length: 16_384 }, (_, index) => Math.imul(index, 0x9e3779b1) ^ (index << 7));
    for (const unit of units) filter.isNew(1, unit, 7);
    const again = units.filter((unit) => filter.isNew(1, unit, 7)).length;
    expect(again).toBeLessThan(units.length * 0.001);
  });
});
