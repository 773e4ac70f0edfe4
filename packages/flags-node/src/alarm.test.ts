// The alarm on a virtual clock.
import { expect, it } from 'vitest';
import { createAlarm } from './alarm.ts';
import { createVirtualPlatform } from './testing/virtual-platform.ts';

const open = () => {
  const platform = createVirtualPlatform();
  const rung: number[] = [];
  let timers = 0;
  const counting = {
    nowMs: platform.nowMs,
    after: (ms: number, run: () => void) => {
      timers += 1;
      return platform.after(ms, run);
    },
  };
  const alarm = createAlarm(counting, () => rung.push(platform.nowMs()));
  return { alarm, platform, rung, timers: () => timers, now: platform.nowMs() };
};

it('rings once, at its time', async () => {
  const { alarm, platform, rung, now } = open();
  alarm.set(now + 100);
  await platform.pass(1_000);
  expect(rung).toEqual([now + 100]);
});

it('is put off a thousand times with two timers', async () => {
  const { alarm, platform, rung, timers, now } = open();
  for (let ms = 0; ms < 1_000; ms += 1) alarm.set(now + 100 + ms);
  await platform.pass(5_000);
  expect(rung).toEqual([now + 1_099]);
  expect(timers()).toBe(2);
});

it('is brought forward', async () => {
  const { alarm, platform, rung, now } = open();
  alarm.set(now + 1_000);
  alarm.set(now + 10);
  await platform.pass(5_000);
  expect(rung).toEqual([now + 10]);
});

it('never rings when put off for ever or stopped', async () => {
  const { alarm, platform, rung, now } = open();
  alarm.set(now + 10);
  alarm.set(Infinity);
  await platform.pass(100);
  alarm.set(platform.nowMs() + 10);
  alarm.stop();
  await platform.pass(100);
  expect(rung).toEqual([]);
});

it('may be set again when it rang', async () => {
  const { alarm, platform, rung, now } = open();
  alarm.set(now + 10);
  await platform.pass(20);
  alarm.set(now + 30);
  await platform.pass(20);
  expect(rung).toEqual([now + 10, now + 30]);
});
