// How long an environment may stay without a word, and that environments take turns.
import { expect, it } from 'vitest';
import { createManualRuntime } from '../testing/manual-runtime.ts';
import { createSilence, createTurns, heartbeatIntervalMs, heartbeatLookMs } from './heartbeats.ts';

it('is long at once, then after each interval, for each environment by itself', () => {
  const runtime = createManualRuntime();
  const silence = createSilence(runtime);
  expect([silence.isLong('a'), silence.isLong('a'), silence.isLong('b')]).toEqual([true, false, true]);
  runtime.advance(heartbeatIntervalMs - heartbeatLookMs);
  expect(silence.isLong('a')).toBe(false);
  runtime.advance(heartbeatLookMs);
  expect([silence.isLong('a'), silence.isLong('b')]).toEqual([true, true]);
});

it('is broken by what is said otherwise, and never lasts longer than an interval', () => {
  const runtime = createManualRuntime();
  const silence = createSilence(runtime);
  let silentSinceMs = runtime.monotonicMs();
  for (let look = 0; look < 200; look += 1) {
    runtime.advance(heartbeatLookMs);
    if (look % 23 < 12 && look % 3 === 0) silence.broken('a');
    else if (!silence.isLong('a')) {
      expect(runtime.monotonicMs() - silentSinceMs).toBeLessThanOrEqual(heartbeatIntervalMs);
      continue;
    }
    silentSinceMs = runtime.monotonicMs();
  }
});

it('lets everybody beat once in an interval, in turns', () => {
  const beats = new Map<number, number>();
  const all = Array.from({ length: 25 }, (_, index) => ({
    beat: () => void beats.set(index, (beats.get(index) ?? 0) + 1),
  }));
  const look = createTurns();
  look(all);
  expect([...beats.keys()]).toEqual([0, 10, 20]);
  for (let count = 1; count < heartbeatIntervalMs / heartbeatLookMs; count += 1) look(all);
  expect([...beats.values()]).toEqual(all.map(() => 1));
});
