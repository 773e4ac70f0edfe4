// When a message that does not end is given up.
import { describe, expect, it } from 'vitest';
import { partialBytesPerSecondMin, partialStallMs } from '../limits.ts';
import { createPatience } from './patience.ts';

const start = () => {
  let nowMs = 1_000;
  const patience = createPatience({ nowMs: () => nowMs });
  return { patience, pass: (ms: number) => void (nowMs += ms) };
};

describe('patience with a message', () => {
  it('ends when heartbeats are all that comes', () => {
    const { patience, pass } = start();
    expect(patience.isOver(30)).toBe(false);
    pass(partialStallMs + 1_000);
    expect(patience.isOver(130)).toBe(true);
  });

  it('goes on while a large message comes slowly', () => {
    const { patience, pass } = start();
    for (let held = 1; held < 100 * partialBytesPerSecondMin; held += partialBytesPerSecondMin) {
      expect(patience.isOver(held)).toBe(false);
      pass(999);
    }
  });

  it('begins anew with each message, and while there is none', () => {
    const { patience, pass } = start();
    patience.isOver(30);
    pass(60_000);
    patience.renew();
    expect(patience.isOver(30)).toBe(false);
    pass(60_000);
    expect(patience.isOver(0)).toBe(false);
    pass(60_000);
    expect(patience.isOver(30)).toBe(false);
  });
});
