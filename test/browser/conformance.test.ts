// The vectors that all languages share, in a real browser, by the evaluator that is in the SDK.
import { readFileSync } from 'node:fs';
import { createEvaluator, type EvaluatedDocument } from '@org/evaluator';
import type { EvaluationContext, Expression, JsonValue } from '@org/contract/model';
import { describe, expect, it } from 'vitest';
import { deltasOf, goldenHistories } from '@org/tools/lib/golden-files';
import { openPage, useBrowser } from './support/fixture.ts';

interface EvaluationCase {
  readonly name: string;
  readonly documents: readonly EvaluatedDocument[];
  readonly flag: string;
  readonly type?: string;
  readonly context: EvaluationContext;
  readonly expected: { readonly value?: JsonValue; readonly [field: string]: unknown };
}

interface ExpressionCase {
  readonly name: string;
  readonly when: Expression;
  readonly checks: readonly { readonly context: EvaluationContext; readonly matches: boolean }[];
}

interface OperatorCases {
  readonly now: number;
  readonly expressions: readonly ExpressionCase[];
  readonly clock: readonly ExpressionCase[];
  readonly loneSurrogates: readonly ExpressionCase[];
}

type BucketingRow = readonly [salt: string, unit: string, hash: number, total: number, bucket: number];

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../conformance/${name}`, import.meta.url), 'utf8'));

const { cases, expressions } = read('evaluation.json') as {
  readonly cases: readonly EvaluationCase[];
  readonly expressions: readonly ExpressionCase[];
};
const { rows } = read('bucketing.json') as { readonly rows: readonly BucketingRow[] };

const fixture = useBrowser();
// Cases travel as text: what stands for a value on the way into the page knows no members like __proto__.
const open = async () => openPage(await fixture.browser.newContext(), fixture.pages.origin);

describe('conformance in Chromium', () => {
  it('hashes and buckets every golden row alike', async () => {
    expect(rows.length).toBeGreaterThanOrEqual(10_000);
    const page = await open();
    const wrong = await page.evaluate((text) => {
      const { bucketOf, murmur3 } = window.evaluator;
      return (JSON.parse(text) as BucketingRow[]).filter(
        ([salt, unit, hash, total, bucket]) =>
          murmur3(salt + unit) !== hash || bucketOf(hash, total) !== bucket,
      );
    }, JSON.stringify(rows));
    expect(wrong).toEqual([]);
  });

  it('evaluates every golden case alike that a core accepts', async () => {
    const accepted = cases.filter(
      ({ documents, type }) => !type && createEvaluator().load(documents, 1).length === 0,
    );
    expect(accepted.length).toBeGreaterThanOrEqual(100);
    const page = await open();
    const answers = await page.evaluate(
      (text) =>
        (JSON.parse(text) as EvaluationCase[]).map(({ documents, flag, context }) => {
          const evaluator = window.evaluator.createEvaluator({ digest: () => 'matches nothing' });
          evaluator.load(documents, 100);
          const { value, variant, reason, rule, revision, errorCode } = evaluator.evaluate(flag, context);
          return { value, variant, reason, rule, revision, errorCode };
        }),
      JSON.stringify(accepted),
    );
    const wrong = accepted.filter(({ expected }, index) => !sameFields(expected, answers[index]!));
    expect(wrong).toEqual([]);
  });

  it('finds every golden expression alike', async () => {
    expect(expressions.length).toBeGreaterThanOrEqual(50);
    expect(await wrongIn(expressions, 0)).toEqual([]);
  });

  it('finds every golden case of the operators alike', async () => {
    const { now, ...lists } = read('operators.json') as OperatorCases;
    const groups = [...lists.expressions, ...lists.clock, ...lists.loneSurrogates];
    expect(groups.flatMap(({ checks }) => checks).length).toBeGreaterThanOrEqual(2_000);
    expect(await wrongIn(groups, now)).toEqual([]);
  });

  // Lists and logic are for servers: no browser gets a flag that needs them.
  it('answers every golden history alike, with the memory of the SDK for sticky splits', async () => {
    const { histories } = goldenHistories;
    const page = await open();
    const answers = await page.evaluate(
      (text) =>
        (JSON.parse(text) as readonly PlayedHistory[]).map(({ steps }) => {
          const memory = new Map<string, string>();
          const evaluator = window.evaluator.createEvaluator({
            sticky: {
              get: (slot, _context, unit) => memory.get(slot + unit),
              set: (slot, _context, unit, variant) => void memory.set(slot + unit, variant),
            },
          });
          evaluator.load([], 0);
          return steps.map(({ delta, questions }) => {
            evaluator.apply(delta);
            return questions.map(({ flag, context }) => {
              const { value, variant, reason, rule, errorCode } = evaluator.evaluate(flag, context);
              return { value, variant, reason, rule: rule || undefined, errorCode };
            });
          });
        }),
      JSON.stringify(histories.map((history) => playedOf(history))),
    );
    const wrong = histories.flatMap(({ name, steps }, history) =>
      steps.flatMap((step, index) =>
        step.answers
          .map(({ context, expected }, at) => ({
            name,
            context,
            expected,
            found: answers[history]![index]![at]!,
          }))
          .filter(({ expected, found }) => !sameFields(expected, found)),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

/** A history as a page plays it: its steps as deltas, and what is asked after each. */
interface PlayedHistory {
  readonly steps: readonly {
    readonly delta: ReturnType<typeof deltasOf>[number];
    readonly questions: readonly { readonly flag: string; readonly context: EvaluationContext }[];
  }[];
}

function playedOf(history: (typeof goldenHistories.histories)[number]): PlayedHistory {
  const deltas = deltasOf(history);
  return {
    steps: history.steps.map(({ answers }, index) => ({
      delta: deltas[index]!,
      questions: answers.map(({ flag, context }) => ({ flag, context })),
    })),
  };
}

/** The checks that a page answers otherwise, or with an error. */
async function wrongIn(groups: readonly ExpressionCase[], now: number): Promise<readonly object[]> {
  const page = await open();
  const found = await page.evaluate(
    ([text, time]) =>
      (JSON.parse(text) as ExpressionCase[]).map(({ when, checks }) => {
        const evaluator = window.evaluator.createEvaluator({ now: () => time });
        const rules = [{ id: 'r', when, serve: { variant: 'on' } }];
        const document = { type: 'boolean', enabled: true, variants: { on: true }, rules };
        evaluator.load([{ kind: 'flag', key: 'f', revision: 1, document }], 1);
        const handle = evaluator.boolean('f', false);
        return checks.map(({ context }) => handle.details(context).errorCode ?? handle.get(context));
      }),
    [JSON.stringify(groups), now] as const,
  );
  return groups.flatMap(({ name, checks }, group) =>
    checks
      .map(({ context, matches }, check) => ({ name, context, matches, found: found[group]![check] }))
      .filter((check) => check.matches !== check.found),
  );
}

const sameFields = (expected: object, answer: object): boolean => {
  const present = Object.entries(answer).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.entries(expected).sort()) === JSON.stringify(present.sort());
};
