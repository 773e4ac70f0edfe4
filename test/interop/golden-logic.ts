// The golden cases of test/conformance/logic.json, answered by flagd's own evaluator (in Go): what our documents mean is what flagd answers for
// the definition they came from. For tests, and for `node --conditions=@org/source test/interop/golden-logic.ts`, which
// writes the file.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { importFlagd } from '@org/interop';
import { flagds, type Answer } from './answers.ts';
import { contextsFor } from './hostile-contexts.ts';
import type { RealFlagd } from './real-flagd.ts';
import { startRealFlagd } from './real-flagd.ts';

interface Definition {
  readonly flags: Readonly<Record<string, object>>;
  readonly $evaluators: object;
}

export const logicFile = new URL('../conformance/logic.json', import.meta.url);
const definition = JSON.parse(
  readFileSync(new URL('every-operation.flagd.json', import.meta.url), 'utf8'),
) as Definition;

/** Of a flag's contexts, which are some two hundred, about a dozen; each flag begins with another one. */
const everyNth = 13;

/** Every flag that does not depend on the time, with some of its contexts. */
const questions = Object.entries(definition.flags)
  .filter(([, flag]) => !JSON.stringify(flag).includes('timestamp'))
  .flatMap(([flag, content], place) => {
    const json = JSON.stringify(content);
    const read = json.includes('$ref')
      ? json + JSON.stringify(definition.$evaluators)
      : `${json} "targetingKey`;
    return contextsFor(read)
      .filter((context, index) => (index + place) % everyNth === 0 && JSON.stringify(context).length < 2_000)
      .map((context) => ({ flag, context }));
  });

/** The text of logic.json. */
export async function logicText(flagd: RealFlagd): Promise<string> {
  const [loaded, ...answers] = await flagd.ask([{ definition }, ...questions]);
  if (loaded?.error !== '') throw new Error(loaded?.error);
  const cases = questions.map((question, index) => ({
    ...question,
    expected: expectedOf(flagds(answers[index]!)),
  }));
  const { documents, findings } = importFlagd(definition, { exact: true });
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  const head = {
    specVersion: '1.0.0',
    about:
      'docs/spec/logic.md. Each case evaluates a flag of the environment with `documents`; the answers are those of flagd 0.16 for the definition ' +
      "that the documents stand for (test/interop/every-operation.flagd.json). No value in `expected` means the caller's default; an error is known by " +
      '`error` alone, since protocols name it otherwise. flagd says TARGETING_MATCH for splits, too: SPLIT stands for the same. For servers ' +
      'only: browsers get neither logic nor flags that need it, unless they ask a core.',
    check: 'npx vitest run --root test/interop golden-logic (needs Go)',
  };
  const rows = (values: readonly unknown[]): string =>
    `[\n${values.map((value) => JSON.stringify(value)).join(',\n')}\n]`;
  const parts = Object.entries(head).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  const written = documents.map(({ kind, key, document }) => ({ kind, key, document }));
  return ascii(
    `{\n${[...parts, `"documents": ${rows(written)}`, `"cases": ${rows(cases)}`].join(',\n')}\n}\n`,
  );
}

const expectedOf = ({ value, variant, reason, error }: Answer): object =>
  error === undefined ? { value, variant, reason } : { error: true };

/** As the other files are: what an editor or a transfer could spoil is escaped. */
const ascii = (text: string): string =>
  text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flagd = await startRealFlagd();
  if (flagd === undefined) throw new Error('Go is needed.');
  writeFileSync(logicFile, await logicText(flagd));
  await flagd.close();
}
