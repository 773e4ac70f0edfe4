// The golden cases of configurations, made by an independent implementation, in both evaluators.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEvaluator as createCompact } from '../compact/index.ts';
import { createEvaluator, type EvaluatedDocument, type Evaluator } from '../index.ts';
import { checkConfigs, withConfigs } from './index.ts';

interface Golden {
  readonly environments: Readonly<Record<string, readonly EvaluatedDocument[]>>;
  readonly cases: readonly {
    readonly name: string;
    readonly environment: string;
    readonly config: string;
    readonly context: { readonly targetingKey: string };
    readonly expected: { readonly value: object; readonly rule: string; readonly variant: string };
  }[];
}
const file = new URL('../../../../test/conformance/configuration.json', import.meta.url);
const { environments, cases } = JSON.parse(readFileSync(file, 'utf8')) as Golden;

it('are more than a hundred', () => {
  expect(cases.length).toBeGreaterThan(100);
});

it.each(Object.entries(environments))('pass the checks of a commit: %s', (_, documents) => {
  const lookup = {
    get: (kind: string, key: string) =>
      documents.find((each) => each.kind === kind && each.key === key)?.document,
    dependants: () => documents,
  };
  expect(checkConfigs(lookup, documents)).toEqual([]);
});

describe.each([
  ['compiled', createEvaluator],
  ['compact', createCompact],
] as const)('in the %s evaluator', (_, create) => {
  it.each(cases)('$name', ({ environment, config, context, expected }) => {
    const evaluator = withConfigs<Evaluator>(create)();
    expect(evaluator.load(environments[environment]!, 1)).toEqual([]);
    expect(evaluator.evaluate(`config:${config}`, context)).toMatchObject(expected);
    expect(evaluator.config(config).all(context)).toEqual(expected.value);
  });
});
