// Configurations in the page: with the client's context, and as published, beside the module they reach into.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Config } from '@org/contract/model';
import { createEvaluator } from '@org/evaluator/compact';
import { contentHash, createViewHash, entryHash } from '@org/sync';
import { bundleWebPart, bundleWebSdk } from '../../build.ts';
import type { Client } from '../types.ts';
import { createConfigs, type ConfigProblem } from './index.ts';

const pricing: Config = {
  schema: {
    discount: { type: 'object', members: { max: { type: 'number', default: 10 } } },
    wait: { type: 'duration', default: 'PT2S' },
    isBig: {
      type: 'condition',
      default: {
        op: 'compare',
        left: { op: 'attribute', attribute: 'total' },
        is: 'greater',
        right: { op: 'parameter', name: 'discount.max' },
      },
    },
    rank: { type: 'function', functions: ['up', 'down'], default: 'up' },
  },
  rules: [
    {
      id: 'vip',
      when: { op: 'equals', attribute: 'tier', value: 'vip' },
      patch: { discount: { max: 30 }, rank: 'down' },
    },
  ],
};
const documents = [{ kind: 'config', key: 'pricing', revision: 1, document: pricing }];

it('answers for the context of the client, or another', () => {
  const problems: ConfigProblem[] = [];
  const configs = createConfigs({ onProblem: (problem) => problems.push(problem) });
  configs.extend(createEvaluator)({}).load(documents, 1);
  const client = { context: { targetingKey: 'u', tier: 'vip', total: 20 } };
  const config = configs.config(client, 'pricing');
  expect(config.number('discount.max')).toBe(30);
  expect(config.number('discount.max', 0, { targetingKey: 'v' })).toBe(10);
  expect(config.duration('wait')).toBe(2000);
  expect(config.condition('isBig')).toBe(false);
  expect(config.function('rank', { up: (n: number) => n, down: (n: number) => -n })(3)).toBe(-3);
  expect(config.all()).toMatchObject({ discount: { max: 30 }, isBig: false, rank: 'down' });
  expect(config.string('nope', 'x')).toBe('x');
  expect(problems).toMatchObject([{ problem: 'unknown_parameter', name: 'nope' }]);
});

it('fits the published module, whose inner names are shortened', async () => {
  const [sdk, part] = await Promise.all([
    bundleWebSdk(),
    bundleWebPart(fileURLToPath(new URL('index.ts', import.meta.url))),
  ]);
  const moduleOf = (text: string): Promise<Record<string, unknown>> =>
    import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
  const { createConfigs: create } = (await moduleOf(part.text)) as { createConfigs: typeof createConfigs };
  const load = part.mangleCache['load'] as string;
  expect(sdk.mangleCache['load']).toBe(load);
  expect(sdk.text).toContain(`.${load}(`);
  expect(part.text).toContain(`${load}(`);
  const configs = create();
  const { createClient } = (await moduleOf(sdk.text)) as { createClient: (options: object) => Client };
  const json = JSON.stringify(pricing);
  const hash = createViewHash();
  hash.add(entryHash('config', 'pricing', contentHash(json)));
  const [document] = documents.map(({ kind, key, revision }) => ({ kind, key, revision, json }));
  const snapshot = { historyId: 'h', revision: 1, hash: hash.hex, documents: [document] };
  const client = createClient({
    ...{ url: 'http://127.0.0.1:9', key: 'k', storage: 'none', streaming: false, bootstrap: { snapshot } },
    ...{ context: { targetingKey: 'u', tier: 'vip' }, extend: configs.extend },
  });
  expect(configs.config(client, 'pricing').number('discount.max')).toBe(30);
  expect(client.flagKeys()).toEqual([]);
  await client.close();
});
