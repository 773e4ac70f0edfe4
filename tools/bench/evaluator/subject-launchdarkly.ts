// @launchdarkly/node-server-sdk from its own test data source, without events and network. Its variations are promises.
import { init } from '@launchdarkly/node-server-sdk';
import { TestData } from '@launchdarkly/node-server-sdk/integrations';
import type { BenchFlag, BenchRule } from './cases.ts';
import type { Subject } from './subject.ts';

interface Context {
  readonly kind: 'user';
  key: string;
}

export async function createSubject(flags: readonly BenchFlag[]): Promise<Subject> {
  const data = new TestData();
  for (const flag of flags) await data.usePreconfiguredFlag(configurationOf(flag));
  const quiet = () => undefined;
  const client = init('bench', {
    updateProcessor: data.getFactory(),
    sendEvents: false,
    diagnosticOptOut: true,
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  await client.waitForInitialization({ timeout: 10 });
  const subject: Subject<BenchFlag, Context> = {
    target: (flag) => flag,
    context: ({ targetingKey, ...attributes }) => ({ ...attributes, kind: 'user', key: targetingKey }),
    setId: (context, id) => void (context.key = id),
    call: ({ key, kind }, context) =>
      kind === 'experiment'
        ? client.stringVariation(key, context, 'none')
        : client.boolVariation(key, context, false),
    isAsync: true,
    close: () => client.close(),
  };
  return subject as Subject;
}

function configurationOf({ key, kind, rules, weights }: BenchFlag): object {
  const rollout = {
    variations: weights.map((weight, variation) => ({ variation, weight: weight * 1000 })),
    bucketBy: 'key',
  };
  const served = weights.length > 0 ? { rollout } : { variation: 0 };
  return {
    key,
    on: true,
    version: 1,
    salt: key,
    offVariation: 1,
    variations: kind === 'experiment' ? ['a', 'b', 'c', 'none'] : [true, false],
    fallthrough: rules.length === 0 ? served : { variation: kind === 'experiment' ? 3 : 1 },
    targets: [],
    prerequisites: [],
    rules: rules.map((rule, index) => ({ id: String(index), clauses: clauses(rule), ...served })),
  };
}

function clauses({ countries, tier }: BenchRule): readonly object[] {
  return [
    { attribute: 'country', op: 'in', values: [...countries], negate: false, contextKind: 'user' },
    { attribute: 'tier', op: 'in', values: [tier], negate: false, contextKind: 'user' },
  ];
}
