// Imports flagd definitions and compares every answer with flagd's own evaluator over thousands of contexts.
// Contexts hold the types that the definitions ask for: where JSONLogic coerces others, the import says so instead.
import { readFileSync } from 'node:fs';
import type { EvaluationContext, JsonValue } from '@org/contract/model';
import { checkDocument, createEvaluator } from '@org/evaluator';
import { jsonLogic } from '@org/evaluator/logic';
import { importFlagd } from '@org/interop';
import { FlagdCore } from '@openfeature/flagd-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const silent = { error() {}, warn() {}, info() {}, debug() {} };
const ascii = (...values: string[]) => fc.constantFrom(...values);
const absent = fc.constant(undefined);

/** What a flagd provider may be asked with; each attribute missing now and then. */
const contexts: fc.Arbitrary<Record<string, unknown>> = fc.record({
  targetingKey: fc.oneof({ weight: 9, arbitrary: fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/) }, absent),
  country: fc.oneof(ascii('DE', 'FR', 'ES', 'AT', 'US', 'de'), absent),
  tier: fc.oneof(ascii('gold', 'free', ''), absent),
  email: fc.oneof(fc.stringMatching(/^user-[0-9]{1,6}@(example\.org|mail\.net)$/), absent),
  age: fc.oneof(fc.integer({ min: -5, max: 90 }), fc.double({ min: 0, max: 60, noNaN: true }), absent),
  score: fc.oneof(fc.integer({ min: -10, max: 10 }), absent),
  beta: fc.oneof(fc.boolean(), absent),
  device: fc.oneof(fc.record({ os: ascii('ios', 'android', 'web') }), absent),
});

function load(text: string) {
  const flagd = new FlagdCore(undefined, silent);
  flagd.setConfigurations(text);
  const { documents, findings } = importFlagd(JSON.parse(text));
  for (const { kind, key, document } of documents)
    expect(checkDocument(kind, key, document, { logic: jsonLogic })).toEqual([]);
  const evaluator = createEvaluator({ logic: jsonLogic });
  expect(
    evaluator.load(
      documents.map((document) => ({ ...document, revision: 1 })),
      1,
    ),
  ).toEqual([]);
  return { flagd, evaluator, findings, flags: documents.filter(({ kind }) => kind === 'flag') };
}

interface Answer {
  readonly value: JsonValue | undefined;
  readonly variant: string | undefined;
  readonly reason: string | undefined;
}

/** flagd 4 answers a split with TARGETING_MATCH, and a flag without a default with the caller's default. */
function askFlagd({ flagd }: ReturnType<typeof load>, key: string, context: Record<string, unknown>): Answer {
  const { value, variant, reason } = flagd.getFlag(key)!.evaluate(context as never);
  if (flagd.getFlag(key)!.state === 'DISABLED')
    return { value: undefined, variant: undefined, reason: 'DISABLED' };
  return { value: value, variant, reason };
}

function askUs({ evaluator }: ReturnType<typeof load>, key: string, context: EvaluationContext): Answer {
  const { value, variant, reason } = evaluator.evaluate(key, context);
  return { value, variant, reason: reason === 'SPLIT' ? 'TARGETING_MATCH' : reason };
}

const present = (context: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));

describe.each([
  ['the flags of the OpenTelemetry demo', '../../tools/demo/otel-demo.flagd.json', 15],
  ['definitions written for this', './definitions.json', 23],
])('given %s', (_, path, count) => {
  const both = load(readFileSync(new URL(path, import.meta.url), 'utf8'));

  it('takes every flag', () => {
    expect(both.findings.filter(({ effect }) => effect === 'left-out')).toEqual([]);
    expect(both.flags).toHaveLength(count);
  });

  it.each(both.flags.map(({ key }) => key))('answers like flagd for %s', (key) => {
    const property = fc.property(contexts, (context) => {
      const asked = present(context);
      expect(askUs(both, key, asked)).toEqual(askFlagd(both, key, asked));
    });
    fc.assert(property, { numRuns: 2_000, seed: 1 });
  });
});

it('serves units whose hashes lie on the borders of buckets as flagd does', () => {
  const both = load(
    JSON.stringify({
      flags: {
        f: {
          state: 'ENABLED',
          variants: { low: 1, high: 2 },
          defaultVariant: 'low',
          targeting: { fractional: [{ var: 'targetingKey' }, ['low', 1], ['high', 1]] },
        },
      },
    }),
  );
  // Their hashes are 0, 1, 2^31 - 1 and 2^31 (the keys stand in flagd's own tests).
  for (const targetingKey of ['ejOoVL', 'bY9fO-', 'SI7p-', '6LvT0']) {
    expect(askUs(both, 'f', { targetingKey })).toEqual(askFlagd(both, 'f', { targetingKey }));
  }
});
