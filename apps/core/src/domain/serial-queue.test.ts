import { expect, it } from 'vitest';
import { createSerialQueue } from './serial-queue.ts';

const gate = (): { readonly opened: Promise<void>; open(): void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
};

it('runs one task after the other, urgent ones first, and goes on after failures', async () => {
  const queue = createSerialQueue(10);
  const first = gate();
  const order: string[] = [];
  const note = (name: string) => async (): Promise<void> => void order.push(name);
  const tasks = [
    queue.run(() => first.opened),
    queue.run(note('a')),
    queue.run(() => Promise.reject(new Error('no'))),
    queue.run(note('b')),
    queue.run(note('urgent'), true),
  ];
  expect(queue.waiting).toBe(4);
  first.open();
  const outcomes = await Promise.allSettled(tasks.map((task) => Promise.resolve(task)));
  expect(order).toEqual(['urgent', 'a', 'b']);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
});

it('refuses what does not fit, and keeps places for urgent tasks', async () => {
  const queue = createSerialQueue(2);
  const first = gate();
  const running = [queue.run(() => first.opened), queue.run(async () => 1), queue.run(async () => 2)];
  expect(queue.run(async () => 3)).toBeUndefined();
  const urgent = [queue.run(async () => 4, true), queue.run(async () => 5, true)];
  expect(queue.run(async () => 6, true)).toBeUndefined();
  first.open();
  expect(await Promise.all([...running, ...urgent])).toEqual([undefined, 1, 2, 4, 5]);
});
