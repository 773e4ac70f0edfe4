// What remote evaluation tells a client key beyond the value.
import type { JsonObject, JsonValue } from '@org/contract/model';
import { describe, expect, it } from 'vitest';
import { createReplica, type Replica } from '../../domain/environment/replica.ts';
import { silentLogger } from '../../domain/testing/test-application.ts';
import { contextFault, evaluateFlag } from './evaluation.ts';

const flag = (more: object): object => ({
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  offVariant: 'off',
  default: { variant: 'on' },
  ...more,
});

function replicaOf(flags: Readonly<Record<string, object>>): Replica {
  const [hash, revision] = ['0'.repeat(16), 1];
  const head = { environmentId: 'e', historyId: 'h', revision, serverHash: hash, clientHash: hash };
  const documents = Object.entries(flags).map(([key, document]) => {
    const json = JSON.stringify(document);
    return { kind: 'flag', key, revision, json, createdAtMs: 0, changedAtMs: 0 };
  });
  return createReplica({ head, documents }, () => 0, silentLogger);
}

it('names a prerequisite to a client key only if browsers get that flag', () => {
  const requires = (key: string): object =>
    flag({
      clientVisible: true,
      remoteEvaluation: true,
      prerequisites: [{ flag: key, variants: ['on'] }],
    });
  const replica = replicaOf({
    hidden: flag({ enabled: false }),
    shown: flag({ enabled: false, clientVisible: true }),
    'needs-hidden': requires('hidden'),
    'needs-shown': requires('shown'),
  });
  const rule = (view: 'client' | 'server', key: string): string =>
    evaluateFlag(replica, view, key, undefined).rule;
  expect(rule('client', 'needs-hidden')).toBe('prerequisite');
  expect(rule('client', 'needs-shown')).toBe('prerequisite:shown');
  expect(rule('server', 'needs-hidden')).toBe('prerequisite:hidden');
});

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
});
