// unleash-client from a bootstrap, without server and metrics.
import { InMemStorageProvider, Unleash, type Context as UnleashContext } from 'unleash-client';
import type { BenchFlag, BenchRule } from './cases.ts';
import type { Subject } from './subject.ts';

type Context = UnleashContext & { userId: string };

export async function createSubject(flags: readonly BenchFlag[]): Promise<Subject> {
  const unleash = new Unleash({
    appName: 'bench',
    // Never reached: the client starts from the bootstrap and fetches nothing.
    url: 'http://127.0.0.1:9/',
    bootstrap: { data: flags.map(toggleOf) as never },
    storageProvider: new InMemStorageProvider(),
    disableMetrics: true,
    disableAutoStart: true,
    refreshInterval: 0,
    skipInstanceCountWarning: true,
  });
  unleash.on('error', () => undefined);
  unleash.on('warn', () => undefined);
  void unleash.start();
  while (unleash.getFeatureToggleDefinition(flags[0]!.key) === undefined)
    await new Promise((resolve) => setImmediate(resolve));
  const subject: Subject<BenchFlag, Context> = {
    target: (flag) => flag,
    context: ({ targetingKey, ...properties }) => ({ userId: targetingKey, properties: properties as never }),
    setId: (context, id) => void (context.userId = id),
    call: ({ key, kind }, context) =>
      kind === 'experiment' ? unleash.getVariant(key, context).name : unleash.isEnabled(key, context),
    close: () => unleash.destroy(),
  };
  return subject as Subject;
}

function toggleOf({ key, kind, rules, weights }: BenchFlag): object {
  const base = {
    name: key,
    type: 'release',
    enabled: true,
    project: 'default',
    stale: false,
    impressionData: false,
  };
  const rollout = (share: number) => ({ rollout: String(share), stickiness: 'userId', groupId: key });
  const variants = weights.map((weight, index) => {
    return { name: 'abc'[index], weight: weight * 10, weightType: 'fix', stickiness: 'userId' };
  });
  if (kind === 'static')
    return { ...base, strategies: [{ name: 'default', parameters: {}, constraints: [] }] };
  if (kind === 'percentage') {
    return { ...base, strategies: [{ name: 'flexibleRollout', parameters: rollout(50), constraints: [] }] };
  }
  const strategies = rules.map((rule) => ({
    name: 'flexibleRollout',
    parameters: rollout(100),
    constraints: constraints(rule),
    ...(kind === 'experiment' ? { variants } : {}),
  }));
  return { ...base, strategies };
}

function constraints({ countries, tier }: BenchRule): readonly object[] {
  const common = { operator: 'IN', inverted: false, caseInsensitive: false };
  return [
    { ...common, contextName: 'country', values: countries },
    { ...common, contextName: 'tier', values: [tier] },
  ];
}
