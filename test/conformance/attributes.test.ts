// The examples of docs/attributes.md do what the document says, and use the names it lists.
import { readFileSync } from 'node:fs';
import type { EvaluationContext, Expression } from '@org/contract/model';
import { checkDocument, createEvaluator } from '@org/evaluator';
import { expect, it } from 'vitest';
import { flagWhen } from './golden.ts';

interface Example {
  readonly when: Expression;
  /** The time of the evaluation, where it matters. */
  readonly now?: string;
  readonly holds: readonly EvaluationContext[];
  readonly fails: readonly EvaluationContext[];
}

const text = readFileSync(new URL('../../docs/attributes.md', import.meta.url), 'utf8');
const examples = Array.from(
  text.matchAll(/```json\n([^]*?)```/g),
  ([, json]) => JSON.parse(json!) as Example,
);
const documented = new Set(
  Array.from(text.matchAll(/^\| (`[^|]+) \|/gm), ([, cell]) => cell!.split(', ')).flat(),
);

it('has examples for every group of attributes', () => {
  expect(examples.length).toBeGreaterThanOrEqual(15);
  expect(documented.size).toBeGreaterThanOrEqual(20);
});

it.each(examples)('$when', ({ when, now, holds, fails }) => {
  const document = flagWhen(when);
  expect(checkDocument('flag', 'f', document)).toEqual([]);
  const evaluator = createEvaluator({ now: () => Date.parse(now ?? '') });
  evaluator.load([{ kind: 'flag', key: 'f', revision: 1, document }], 1);
  const flag = evaluator.boolean('f', false);
  expect(holds.filter((context) => !flag.get(context))).toEqual([]);
  expect(fails.filter((context) => flag.get(context))).toEqual([]);
});

it('uses documented names only', () => {
  const names = JSON.stringify(examples.map(({ when }) => when)).matchAll(/"attribute":"([^"]+)"/g);
  expect(Array.from(names, ([, name]) => `\`${name}\``).filter((name) => !documented.has(name))).toEqual([]);
});
