import { checkSchema } from '@org/contract/schema';
import { expect, it } from 'vitest';
import { config, editConfig } from './config-builder.ts';
import { configExperiment } from './experiment-builder.ts';

const pricing = config('pricing')
  .parameter('discount.max', { type: 'number', default: 10, min: 0, max: 50 })
  .parameter('discount.floor', { type: 'number', default: 0 })
  .parameter('mode', { type: 'enum', options: ['fast', 'safe'], default: 'safe' })
  .set('discount.max', 20)
  .rule('vip', { op: 'equals', attribute: 'tier', value: 'vip' }, { mode: 'fast' })
  .forbid('Never both.', { mode: 'fast', 'discount.max': 50 })
  .invariant('order', 'The floor lies below.', {
    op: 'compare',
    left: { op: 'parameter', name: 'discount.floor' },
    is: 'less_or_equal',
    right: { op: 'parameter', name: 'discount.max' },
  })
  .owner('shop');

it('makes documents that the contract takes', () => {
  expect(checkSchema('config', pricing.document)).toEqual([]);
  expect(pricing.document).toMatchObject({
    schema: { discount: { type: 'object', members: { max: { max: 50 }, floor: {} } } },
    values: { discount: { max: 20 } },
    rules: [{ id: 'vip', patch: { mode: 'fast' } }],
  });
});

it('changes values and rules in their place', () => {
  const stored = { key: 'pricing', kind: 'config', document: pricing.document, revision: 4 } as never;
  const changed = editConfig(stored)
    .set('discount.max', undefined)
    .splitRule('vip', { op: 'and', of: [] }, [{ variant: 'a', weight: 1, patch: { mode: 'fast' } }])
    .couple('both', 'together', 'discount.max', 'discount.floor')
    .extends('base', { inheritRules: false });
  expect(changed.expectedRevision).toBe(4);
  expect(changed.document).not.toHaveProperty('values');
  expect(changed.document).toMatchObject({
    extends: 'base',
    rules: [{ id: 'vip', split: {} }],
    coupled: [{ name: 'both' }],
  });
  expect(checkSchema('config', changed.document)).toEqual([]);
  expect(changed.removeRule('vip').document.rules).toEqual([]);
});

it('takes any name for a member', () => {
  const odd = config('odd').parameter('__proto__', { type: 'number', default: 1 }).set('__proto__', 2);
  expect(Object.keys(odd.document.schema)).toEqual(['__proto__']);
  expect(JSON.stringify(odd.document.values)).toBe('{"__proto__":2}');
});

it('makes experiments on patches', () => {
  const draft = configExperiment('e', 'pricing').patches(
    { control: {}, more: { values: { mode: 'fast' } } },
    { more: 3 },
  );
  expect(draft.document).toMatchObject({
    target: { kind: 'config', key: 'pricing' },
    control: 'control',
    variants: [
      { variant: 'control', weight: 1 },
      { variant: 'more', weight: 3, patch: { values: { mode: 'fast' } } },
    ],
  });
});
