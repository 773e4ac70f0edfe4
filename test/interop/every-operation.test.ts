// flagd definitions behave as flagd itself: every operation, every hostile context, our evaluator and flagd's in the same run.
import { readFileSync } from 'node:fs';
import { exportFlagd, importFlagd } from '@org/interop';
import { logicOperators } from '@org/evaluator/logic';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluatorOf, flagds, ours, type Answer } from './answers.ts';
import { contextsFor } from './hostile-contexts.ts';
import { startRealFlagd, type RealFlagd } from './real-flagd.ts';

const text = readFileSync(new URL('every-operation.flagd.json', import.meta.url), 'utf8');
const definition = JSON.parse(text) as {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly $evaluators: unknown;
};
const keys = Object.keys(definition.flags);
const evaluators = JSON.stringify(definition.$evaluators);
const questions = keys.flatMap((key) => {
  const flag = JSON.stringify(definition.flags[key]);
  return contextsFor(flag.includes('$ref') ? flag + evaluators : `${flag} "targetingKey`).map((context) => ({
    flag: key,
    context,
  }));
});

/** The flags whose every answer is written in our operators are asked with contexts of the expected types elsewhere. */
const exact = importFlagd(definition, { exact: true });

describe("every operation of flagd's", () => {
  let flagd: RealFlagd | undefined;
  beforeAll(async () => {
    flagd = await startRealFlagd();
  });
  afterAll(() => flagd?.close());

  it('is in the file', () => {
    const used = new Set([...text.matchAll(/\{"([^"]+)":/g)].map(([, name]) => name));
    expect([...logicOperators].filter((name) => !used.has(name))).toEqual([]);
  });

  it('is imported without loss', () => {
    expect(exact.findings).toEqual([]);
    expect(exact.documents.filter(({ kind }) => kind === 'flag').map(({ key }) => key)).toEqual(keys);
  });

  it('is answered as flagd answers it', async () => {
    const differences = await compare(flagd, definition, exact.documents);
    expect(differences).toEqual([]);
  });

  it('is answered as before after an export and another import', async () => {
    const exported = exportFlagd(exact.documents, { flagSetId: 'every-operation' });
    expect(exported.left).toEqual([]);
    expect(await compare(flagd, exported.definition, exact.documents)).toEqual([]);
    const again = importFlagd(exported.definition, { exact: true });
    expect(again.findings).toEqual([]);
    const [before, after] = [evaluatorOf(exact.documents), evaluatorOf(again.documents)];
    const changed = questions.filter(
      ({ flag, context }) =>
        JSON.stringify(ours(before, flag, context)) !== JSON.stringify(ours(after, flag, context)),
    );
    expect(changed.slice(0, 10)).toEqual([]);
  });
});

interface Difference {
  readonly key: string;
  readonly context: object;
  readonly flagd: Answer;
  readonly ours: Answer;
}

/** Where flagd, with the definition, and we, with the documents, answer otherwise; the first few. */
async function compare(
  flagd: RealFlagd | undefined,
  flags: object,
  documents: typeof exact.documents,
): Promise<readonly Difference[]> {
  if (flagd === undefined) return [];
  const evaluator = evaluatorOf(documents);
  const [loaded, ...answers] = await flagd.ask([{ definition: flags }, ...questions]);
  expect(loaded?.error).toBe('');
  return questions
    .map(({ flag: key, context }, index) => ({
      ...{ key, context },
      flagd: flagds(answers[index]!),
      ours: ours(evaluator, key, context),
    }))
    .filter((one) => JSON.stringify(one.flagd) !== JSON.stringify(one.ours))
    .slice(0, 10);
}
