// What remote evaluations refuse about a context, and what they take.
import type { JsonObject, JsonValue } from '@org/contract/model';
import { describe, expect, it } from 'vitest';
import { contextFault, contextSizeFault } from './check-context.ts';

describe('a context', () => {
  const nested = (depth: number): JsonValue =>
    depth === 0 ? [] : depth % 2 ? [nested(depth - 1)] : { deeper: nested(depth - 1) };

  it.each([
    ['a thousand elements of a list', { groups: Array.from({ length: 1_000 }, (_, index) => `g-${index}`) }],
    ['200 attributes', Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`a-${index}`, index]))],
  ])('may hold %s', (_, context) => {
    expect(contextFault(context)).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ['201 attributes', Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`a-${index}`, index]))],
    ['201 lists in a list', { lists: Array.from({ length: 200 }, () => []) }],
    ['deeper nesting', { deep: nested(200) }],
  ])('may not hold %s', (_, context) => {
    expect(contextFault(context)?.violations).toMatchObject([{ field: 'context', rule: 'max_attributes' }]);
  });

  it.each<[string, JsonObject]>([
    ['nothing', {}],
    ['no targeting key', { country: 'DE' }],
    ['an empty targeting key, which is none', { targetingKey: '' }],
    ['null for what is left out', { targetingKey: null, kind: null }],
    ['a whole number', { targetingKey: 42 }],
    ['another kind', { kind: 'device', targetingKey: 'd-1' }],
    ['several kinds, and what OpenFeature puts beside', { kind: 'multi', targetingKey: 'u', user: {} }],
    ['attributes of any kind', { list: [1, 'a', null], deep: { kind: 5, targetingKey: true } }],
  ])('may have %s', (_, context) => {
    expect(contextFault(context)).toBeUndefined();
  });

  it.each<[string, JsonObject, readonly string[]]>([
    ['a boolean', { targetingKey: true }, ['context.targetingKey type']],
    ['a fraction', { targetingKey: 1.5 }, ['context.targetingKey type']],
    ['a number too large', { targetingKey: 2 ** 53 }, ['context.targetingKey type']],
    ['a list', { kind: 'device', targetingKey: ['d'] }, ['context.targetingKey type']],
    ['a long text', { targetingKey: 'u'.repeat(16_385) }, ['context.targetingKey max_length']],
    ['a kind that is no text', { kind: 5 }, ['context.kind type']],
    ['a kind without a name', { kind: '' }, ['context.kind kind']],
    ['a kind that nothing can name', { kind: 'kind' }, ['context.kind kind']],
    [
      'several mistakes in several kinds',
      { kind: 'multi', user: { targetingKey: {} }, device: 'd-1', org: null },
      ['context.user.targetingKey type', 'context.device type', 'context.org type'],
    ],
  ])('names every field and rule: %s', (_, context, expected) => {
    const fault = contextFault(context)!;
    expect(fault.code).toBe('INVALID_REQUEST');
    expect(fault.violations?.map(({ field, rule }) => `${field} ${rule}`)).toEqual(expected);
    expect(fault.message).toContain(`${expected[0]!.split(' ')[0]}: `);
    expect(contextSizeFault(context)).toBeUndefined();
  });
});
