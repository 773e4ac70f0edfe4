// Documents of any shape: nothing throws, whatever is evaluated, checked or upgraded, and objects of the language stay as they
// were.
import { readFileSync } from 'node:fs';
import type { JsonObject } from '@org/contract/model';
import { expect, it } from 'vitest';
import { createEvaluator as createCompact } from '../compact/index.ts';
import { createEvaluator, type EvaluatedDocument, type Evaluator } from '../index.ts';
import { createRandom, type RandomNumbers } from '../testing/random.ts';
import { checkConfigs, effectiveConfig, schemaUpgrade, upgradeConfig, withConfigs } from './index.ts';

const file = new URL('../../../../test/conformance/configuration.json', import.meta.url);
const { environments } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly environments: Readonly<Record<string, readonly EvaluatedDocument[]>>;
};
const junk: readonly unknown[] = [
  ...[null, true, 0, -1, NaN, Infinity, 1e308, '', 'x', '__proto__', 'P', [], {}, [[]], { op: 'compare' }],
  ...[{ op: 'and', of: 'x' }, { op: 'if' }, { op: 'divide', of: [1, 0] }, { op: 'parameter', name: 'price' }],
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown,
  { type: 'object', members: { a: { type: 'list', items: { type: 'list', items: null } } } },
  { type: 'pipeline', functions: 7, default: [null, { function: {} }] },
];

/** The tree with some of its parts replaced, taken away or renamed. */
function damaged(value: unknown, random: RandomNumbers, rate: number): unknown {
  if (random.chance(rate)) return random.choice(junk);
  if (Array.isArray(value)) return value.map((item: unknown) => damaged(item, random, rate));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .filter(() => !random.chance(rate / 2))
    .map(
      ([name, member]) =>
        [random.chance(rate / 4) ? '__proto__' : name, damaged(member, random, rate)] as const,
    );
  return JSON.parse(
    `{${members.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member) ?? 'null'}`).join(',')}}`,
  );
}

const paths = [
  'discount',
  'discount.max',
  'wait',
  'price',
  'isBig',
  'flow',
  'rank',
  'mix',
  '__proto__',
  '',
  'constructor.prototype',
];
const contexts = [
  { targetingKey: 'u', base: 50, tier: 'vip', country: 'DE' },
  {},
  null,
  7,
  { kind: 'multi', user: null },
];

function askEverything(evaluator: ReturnType<ReturnType<typeof withConfigs<Evaluator>>>): void {
  for (const key of ['pricing', 'child', '__proto__']) {
    const config = evaluator.config(key);
    const call = config.function('rank', { byPrice: () => 1 });
    const flow = config.pipeline<number>('flow', { double: (value) => value * 2 });
    for (const context of contexts as never[]) {
      for (const path of paths) {
        expect(Number.isFinite(config.number(path, context))).toBe(true);
        expect(Number.isFinite(config.formula(path, context))).toBe(true);
        expect(Number.isFinite(config.duration(path, context))).toBe(true);
        expect(typeof config.condition(path, context)).toBe('boolean');
        expect(typeof config.string(path, context)).toBe('string');
        config.details(path, context);
        config.object(path, context);
        config.list(path, context);
        config.weights(path, context);
      }
      call(context);
      expect(Number.isFinite(flow.run(1, context))).toBe(true);
      expect(() => JSON.stringify(config.all(context))).not.toThrow();
      evaluator.evaluate(`config:${key}`, context);
    }
  }
}

it('never throws', () => {
  const random = createRandom(20_261_120);
  for (let round = 0; round < 45; round += 1) {
    const rate = [0.005, 0.02, 0.1][round % 3]!;
    const documents = random.choice(Object.values(environments)).map((each) => ({
      ...each,
      document: damaged(each.document, random, rate),
    }));
    const create = round % 2 === 0 ? createEvaluator : createCompact;
    const evaluator = withConfigs<Evaluator>(create)();
    evaluator.load(documents, 1);
    askEverything(evaluator);
    const changed = documents.map((each) => ({
      ...each,
      revision: 2,
      document: damaged(each.document, random, rate),
    }));
    evaluator.apply({ upserts: changed, deletes: random.chance(0.2) ? [documents[0]!] : [], revision: 2 });
    askEverything(evaluator);
    const lookup = {
      get: (kind: string, key: string) =>
        documents.find((other) => other.kind === kind && other.key === key)?.document,
      dependants: () => documents,
    };
    checkConfigs(lookup, documents);
    const find = (of: readonly EvaluatedDocument[]) => (key: string) => of.find((other) => other.key === key);
    const [before, after] = [documents, changed].map((of) => effectiveConfig('pricing', find(of)));
    if (before === undefined || after === undefined || 'problem' in before || 'problem' in after) continue;
    const upgrade = schemaUpgrade(before, after);
    const stored = documents.find(({ key }) => key === 'pricing')!.document as JsonObject;
    if (upgrade !== undefined) upgradeConfig(stored, upgrade, stored);
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
