// Rollouts in the page: learnt from the client's own state.
import { expect, it } from 'vitest';
import type { Flag, Overlay } from '@org/contract/model';
import { createMemoryClient } from '../index.ts';
import { rollout } from './index.ts';

const layout: Flag = {
  type: 'string',
  enabled: true,
  variants: { old: 'o', new: 'n' },
  default: { variant: 'old' },
};
const overlay = (share: number, control?: string): Overlay => ({
  target: { kind: 'flag', key: 'layout' },
  patch: {
    serve:
      control === undefined
        ? { variant: 'new' }
        : {
            split: {
              weights: [
                { variant: 'new', weight: share },
                { variant: control, weight: 100_000 - share },
              ],
              salt: 'rollout:wider',
            },
          },
  },
  ranges: [{ from: 0, to: control === undefined ? share : 100_000 }],
  mode: 'live',
});
const documents = (...args: Parameters<typeof overlay>) => ({
  flags: { layout },
  overlays: { 'rollout:wider': overlay(...args) },
});
const units = Array.from({ length: 400 }, (_, unit) => ({ targetingKey: `u-${unit}` }));

it('says who is in, with a control group or without, by the same buckets', () => {
  const client = createMemoryClient(documents(30_000), units[0]);
  const wider = rollout(client, 'wider');
  const inside = units.filter((unit) => wider.isIn(unit));
  expect(inside.length / units.length).toBeCloseTo(0.3, 1);
  expect(wider.isIn()).toBe(inside.includes(units[0]!));
  client.set(documents(30_000, 'old'));
  expect(units.filter((unit) => wider.isIn(unit))).toEqual(inside);
  client.set(documents(60_000, 'old'));
  expect(inside.every((unit) => wider.isIn(unit))).toBe(true);
});

it('goes on with the flag when it is over, and knows nothing of what never ran', () => {
  const client = createMemoryClient(documents(100_000), units[0]);
  const wider = rollout(client, 'wider');
  expect(wider.isIn()).toBe(true);
  client.set({ flags: { layout } });
  expect(wider.isIn()).toBe(false);
  client.set({ flags: { layout: { ...layout, default: { variant: 'new' } } } });
  expect(wider.isIn()).toBe(true);
  expect(rollout(client, 'unheard-of').isIn()).toBe(false);
});
