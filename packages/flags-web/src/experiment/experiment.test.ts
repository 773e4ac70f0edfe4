// Experiments in the page: learnt from the client's own state. What the reasons mean is tested with the SDK of servers,
// which shares them.
import { expect, it } from 'vitest';
import type { Flag, Overlay } from '@org/contract/model';
import { createMemoryClient } from '../index.ts';
import { experiment } from './index.ts';

const layout: Flag = {
  type: 'object',
  enabled: true,
  variants: { old: { columns: 1 }, new: { columns: 2 } },
  default: { variant: 'old' },
};
const overlay: Overlay = {
  target: { kind: 'flag', key: 'layout' },
  patch: { serve: { variant: 'new' } },
  eligibility: { op: 'equals', attribute: 'country', value: 'de' },
  ranges: [{ from: 0, to: 100_000 }],
  mode: 'live',
};
const running = { flags: { layout }, overlays: { 'experiment:columns': overlay } };
const german = { targetingKey: 'u-1', country: 'de' };

it('tells what the page gets and why, of the client’s context or another', () => {
  const client = createMemoryClient(running, german);
  const columns = experiment(client, 'columns');
  expect(columns.get()).toEqual({
    experimentKey: 'columns',
    flagKey: 'layout',
    inExperiment: true,
    reason: 'ASSIGNED',
    variant: 'new',
    value: { columns: 2 },
  });
  expect(columns.get({ ...german, country: 'fr' })).toMatchObject({
    inExperiment: false,
    reason: 'NOT_ELIGIBLE',
    variant: 'old',
  });
  client.setContext({ targetingKey: 'u-2' });
  expect(columns.get().reason).toBe('NOT_ELIGIBLE');
});

it('follows the state: starts, stops, and goes on with the flag', () => {
  const client = createMemoryClient({ flags: { layout } }, german);
  const columns = experiment(client, 'columns', { defaultValue: { columns: 0 } });
  expect(columns.get()).toMatchObject({ reason: 'NOT_RUNNING', value: { columns: 0 } });
  client.set(running);
  expect(columns.get()).toMatchObject({ reason: 'ASSIGNED', value: { columns: 2 } });
  client.set({ flags: { layout } });
  expect(columns.get()).toMatchObject({ reason: 'NOT_RUNNING', variant: 'old', value: { columns: 1 } });
});

it('tells a listener, whatever it throws', () => {
  const told: unknown[] = [];
  const client = createMemoryClient(running, german);
  const columns = experiment(client, 'columns', {
    onAssigned: ({ variant }) => {
      told.push(variant);
      throw new Error('changes nothing');
    },
  });
  expect(columns.get().inExperiment).toBe(true);
  expect(told).toEqual(['new']);
});
