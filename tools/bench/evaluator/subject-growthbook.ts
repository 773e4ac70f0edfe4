// @growthbook/growthbook's client for servers, from a payload, without tracking.
import { GrowthBookClient, type ConditionInterface, type FeatureDefinition } from '@growthbook/growthbook';
import type { BenchFlag, BenchRule } from './cases.ts';
import type { Subject } from './subject.ts';

interface Context {
  readonly attributes: Record<string, unknown>;
}

export function createSubject(flags: readonly BenchFlag[]): Subject {
  const features = Object.fromEntries(flags.map((flag) => [flag.key, featureOf(flag)]));
  const client = new GrowthBookClient().initSync({ payload: { features } });
  const isExperiment = new Set(flags.filter(({ kind }) => kind === 'experiment').map(({ key }) => key));
  const subject: Subject<string, Context> = {
    target: ({ key }) => key,
    context: ({ targetingKey, ...attributes }) => ({ attributes: { id: targetingKey, ...attributes } }),
    setId: (context, id) => void (context.attributes['id'] = id),
    call: (key, context) =>
      isExperiment.size > 0 && isExperiment.has(key)
        ? client.getFeatureValue(key, 'none', context)
        : client.isOn(key, context),
    close: () => client.destroy(),
  };
  return subject as Subject;
}

function featureOf({ key, kind, rules, weights }: BenchFlag): FeatureDefinition {
  if (kind === 'static') return { defaultValue: true };
  if (kind === 'percentage')
    return { defaultValue: false, rules: [{ force: true, coverage: 0.5, hashAttribute: 'id' }] };
  if (kind === 'experiment') {
    const share = weights.map((weight) => weight / 100);
    const rule = {
      key,
      variations: ['a', 'b', 'c'],
      weights: share,
      hashAttribute: 'id',
      condition: condition(rules[0]!),
    };
    return { defaultValue: 'none', rules: [rule] };
  }
  return { defaultValue: false, rules: rules.map((rule) => ({ condition: condition(rule), force: true })) };
}

function condition({ countries, tier }: BenchRule): ConditionInterface {
  return { country: { $in: [...countries] }, tier };
}
