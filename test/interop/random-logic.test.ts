// Random logic answers as in flagd's own evaluator: the name of the variant, nothing, or an error.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileLogic } from '@org/evaluator/logic';
import { logicCases } from './random-logic.ts';
import { startRealFlagd, type RealFlagd } from './real-flagd.ts';

let flagd: RealFlagd | undefined;
beforeAll(async () => {
  flagd = await startRealFlagd();
});
afterAll(() => flagd?.close());

const isLong = process.env['FLAGS_TEST_LONG'] === '1';
const injected = { flagKey: 'flag', timestamp: 1_700_000_000 };

it('means what it means in flagd', async () => {
  const seed = isLong ? Math.trunc(Number(process.env['FLAGS_TEST_SEED'] ?? 7)) : 1;
  const cases = logicCases(isLong ? 300_000 : 10_000, seed);
  const answers = await flagd?.ask(
    cases.map(({ logic, context }) => ({ logic, context: { ...context, $flagd: injected } })),
  );
  const differences = cases.flatMap(({ logic, context }, index) => {
    const ours = nameOf(logic, context);
    const answer = answers?.[index];
    const theirs = answer && (answer.error === '' ? nameIn(String(answer.value)) : 'PARSE_ERROR');
    return theirs === undefined || theirs === ours ? [] : [{ seed, logic, context, theirs, ours }];
  });
  expect(differences.slice(0, 5)).toEqual([]);
});

/** flagd looks up what is left of the answer's JSON without quotation marks. */
const nameIn = (json: string): string | null => (json === 'null' ? null : json.replaceAll('"', ''));

function nameOf(logic: unknown, context: object): string | null {
  const name = compileLogic(logic)!.variant(context, injected);
  return typeof name === 'object' && name !== null ? name.errorCode : name;
}
