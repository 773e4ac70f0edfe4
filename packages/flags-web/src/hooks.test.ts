// Hooks of a client in a page: what they hear, and that they change nothing.
import { afterEach, expect, it } from 'vitest';
import { createMemoryClient, type MemoryClient } from './memory-client.ts';
import type { Hook } from './types.ts';

const page = globalThis as { reportError?: (error: unknown) => void };
afterEach(() => void delete page.reportError);

const start = (...hooks: Hook[]): MemoryClient =>
  createMemoryClient({ flags: { on: { value: true } } }, { targetingKey: 'u-1' }, hooks);

it('tells evaluations with details and context', () => {
  const heard: unknown[] = [];
  const flag = start({ onEvaluation: (...args) => heard.push(args) }).boolean('on', false);
  const details = flag.details();
  flag.get({ targetingKey: 'u-2' });
  expect(heard).toEqual([
    [details, { targetingKey: 'u-1' }],
    [details, { targetingKey: 'u-2' }],
  ]);
});

it('tells changes after they took effect', () => {
  const heard: unknown[] = [];
  const client = start({
    onChange: ({ revision }) => heard.push([revision, client.boolean('on', false).get()]),
  });
  client.override('on', false);
  client.set({});
  expect(heard).toEqual([
    [0, false],
    [1, false],
  ]);
});

it('answers whatever a hook throws, tells the others, and reports it as browsers do', () => {
  const reported: unknown[] = [];
  const error = new Error('of the hook');
  const heard: string[] = [];
  const client = start(
    {
      onEvaluation() {
        throw error;
      },
    },
    { onEvaluation: ({ flagKey }) => heard.push(flagKey) },
  );
  expect(client.boolean('on', false).get()).toBe(true);
  page.reportError = (given) => reported.push(given);
  expect(client.boolean('on', false).get()).toBe(true);
  expect(reported).toEqual([error]);
  expect(heard).toEqual(['on', 'on']);
});

it('does not tell what a hook evaluates', () => {
  const heard: string[] = [];
  const client = start({
    onEvaluation({ flagKey }) {
      heard.push(flagKey);
      client.boolean('other', false).get();
    },
  });
  client.boolean('on', false).get();
  client.boolean('on', false).get();
  expect(heard).toEqual(['on', 'on']);
});
