// What remote evaluation tells a client key beyond the value.
import { expect, it } from 'vitest';
import { createReplica, type Replica } from '../../domain/environment/replica.ts';
import { silentLogger } from '../../domain/testing/test-application.ts';
import { evaluateFlag } from './evaluation.ts';

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
