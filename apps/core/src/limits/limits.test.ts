// The limits of the server one by one: admission, the delay of the event loop, the backlog of a stream, shared budgets.
import { expect, it } from 'vitest';
import { createManualRuntime } from '../testing/manual-runtime.ts';
import { createAdmission } from './admission.ts';
import { createBacklog } from './backlog.ts';
import { createByteBudget } from './byte-budget.ts';
import { measureLoopDelay } from './loop-delay.ts';

const limits = { callsMax: 2, reservedCallsMax: 1, loopDelayMsTarget: 100, loopDelayMsMax: 300 };
const idle = { ms: 0, lastMs: 0, turnMs: () => 0, close: () => undefined };

it('admits up to its limits, apart for reserved capacity, and again after a call has left', () => {
  const admission = createAdmission(limits, idle, () => 0.5);
  expect([admission.enter(false), admission.enter(false)]).toEqual([undefined, undefined]);
  expect(admission.enter(false)).toMatchObject({ code: 'OVERLOADED', retryAfterMs: 1_250 });
  expect(admission.enter(true)).toBeUndefined();
  expect(admission.enter(true)).toMatchObject({ code: 'OVERLOADED' });
  admission.leave(false);
  expect(admission.enter(false)).toBeUndefined();
  expect([admission.calls, admission.refused]).toEqual([3, 2]);
});

it.each([
  [100, 0, 'nothing'],
  [150, 0.2, 'some'],
  [150, 0.3, 'nothing'],
  [300, 0.99, 'some'],
])('at a delay of %i ms and a chance of %f refuses %s', (ms, chance, expected) => {
  const admission = createAdmission(limits, { ...idle, ms }, () => chance);
  expect(admission.enter(false) === undefined).toBe(expected === 'nothing');
  expect(admission.enter(true)).toBeUndefined();
});

it('counts a turn four times that follows a long one', () => {
  const afterLong = { ...idle, lastMs: 30 };
  const admission = createAdmission(limits, { ...afterLong, turnMs: () => 40 }, () => 0.2);
  expect(admission.enter(false)).toMatchObject({ code: 'OVERLOADED' });
  expect(createAdmission(limits, { ...afterLong, turnMs: () => 20 }, () => 0).enter(false)).toBeUndefined();
});

it('counts a long turn alone once', () => {
  const entering = (turnMs: number) =>
    createAdmission(limits, { ...idle, turnMs: () => turnMs }, () => 0).enter(false);
  expect(entering(90)).toBeUndefined();
  expect(entering(110)).toMatchObject({ code: 'OVERLOADED' });
});

it('spreads the delays after which callers come back', () => {
  const delays = [0, 0.25, 0.999].map((chance) => {
    const admission = createAdmission({ ...limits, callsMax: 0 }, idle, () => chance);
    return admission.enter(false)?.retryAfterMs;
  });
  expect(delays).toEqual([500, 875, 1_999]);
});

it('takes a standing delay of the event loop for one, and a single long task not', () => {
  const runtime = createManualRuntime();
  let lateMs = 0;
  let tick = (): void => undefined;
  const loop = measureLoopDelay({
    ...runtime,
    monotonicMs: () => runtime.monotonicMs() + lateMs,
    every: (_ms, task) => ((tick = task), () => undefined),
  });
  const run = (ticks: number, delayMs: number): void => {
    for (let count = 0; count < ticks; count++) {
      runtime.advance(50);
      lateMs += delayMs;
      tick();
    }
  };
  run(10, 0);
  run(1, 5_000);
  run(3, 0);
  expect(loop.ms).toBe(0);
  run(10, 250);
  expect(loop.ms).toBe(250);
});

it('notices within four turns that every turn of the event loop takes long', () => {
  const runtime = createManualRuntime();
  let lateMs = 0;
  let tick = (): void => undefined;
  const loop = measureLoopDelay({
    ...runtime,
    monotonicMs: () => runtime.monotonicMs() + lateMs,
    every: (_ms, task) => ((tick = task), () => undefined),
  });
  const turn = (delayMs: number): number => {
    runtime.advance(50);
    lateMs += delayMs;
    tick();
    return loop.ms;
  };
  for (let count = 0; count < 20; count++) turn(0);
  expect([turn(900), turn(800), turn(950), turn(900)]).toEqual([0, 0, 0, 800]);
  expect([turn(0), turn(0)]).toEqual([0, 0]);
});

it('counts what a turn has spent on calls so far, not what came before them', () => {
  const runtime = createManualRuntime();
  let lateMs = 0;
  let idleMs = 0;
  let tick = (): void => undefined;
  const loop = measureLoopDelay(
    {
      ...runtime,
      monotonicMs: () => runtime.monotonicMs() + lateMs + idleMs,
      every: (_ms, task) => ((tick = task), () => undefined),
    },
    () => lateMs,
  );
  lateMs += 700;
  expect(loop.turnMs()).toBe(0);
  lateMs += 300;
  expect(loop.turnMs()).toBe(300);
  tick();
  expect(loop.turnMs()).toBe(0);
  // The machine did something else for a while.
  lateMs += 60;
  idleMs += 5_000;
  expect(loop.turnMs()).toBe(60);
});

it('ends a stream that leaves too much unread, a snapshot not counted', () => {
  const budget = createByteBudget(10_000);
  const backlog = createBacklog(100, budget);
  expect(backlog.add(5_000)).toBe(true);
  expect([backlog.add(60), backlog.add(60), backlog.add(1)]).toEqual([true, true, false]);
  backlog.done(5_000);
  backlog.done(60);
  expect(backlog.add(40)).toBe(true);
  expect(budget.used).toBe(100);
  backlog.close();
  backlog.close();
  backlog.done(60);
  expect(budget.used).toBe(0);
  expect(backlog.add(1)).toBe(false);
});

it('forgets the allowance for a snapshot once everything was taken', () => {
  const backlog = createBacklog(100, createByteBudget(10_000));
  backlog.add(1_000);
  backlog.done(1_000);
  expect([backlog.add(90), backlog.add(90), backlog.add(1)]).toEqual([true, true, false]);
});

it('shares a budget between streams, and lets one message pass that is larger than all of it', () => {
  const budget = createByteBudget(100);
  expect(budget.take(1_000)).toBe(true);
  expect(budget.take(1)).toBe(false);
  budget.give(1_000);
  expect([budget.take(60), budget.take(60)]).toEqual([true, false]);
});
