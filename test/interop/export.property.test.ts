// What is exported answers as we do: in flagd's own evaluator, in its evaluator for JavaScript, and in ours after an import.
import { exportFlagd, importFlagd, type FlagdDefinition } from '@org/interop';
import { FlagdCore } from '@openfeature/flagd-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluatorOf, flagds, ours, type Answer, type Loaded } from './answers.ts';
import { environments, hostileContexts, typedContexts } from './random-flags.ts';
import { startRealFlagd, type RealFlagd } from './real-flagd.ts';

const silent = { error() {}, warn() {}, info() {}, debug() {} };
const keys = ['f', 'g', 'h'];
const contextsPerEnvironment = 15;
const isLong = process.env['FLAGS_TEST_LONG'] === '1';
const cases = <T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): readonly T[] =>
  fc.sample(arbitrary, { numRuns: isLong ? count * 50 : count, seed });
const contextsOf = (contexts: fc.Arbitrary<object>) =>
  fc.array(contexts, { minLength: contextsPerEnvironment, maxLength: contextsPerEnvironment });

/** Reasons may differ: a switched-off flag is a static one there, and a default that is written out is a match. */
const served = ({ value, variant }: Answer) => ({ value, variant });

function exported(documents: readonly Loaded[]): FlagdDefinition {
  const { definition, left } = exportFlagd(documents, { flagSetId: 'random' });
  expect(left).toEqual([]);
  return definition;
}

describe('an exported definition', () => {
  let flagd: RealFlagd | undefined;
  beforeAll(async () => {
    flagd = await startRealFlagd();
  });
  afterAll(() => flagd?.close());

  it("answers as we do in flagd's own evaluator, whatever the context holds", async () => {
    for (const [documents, contexts] of cases(fc.tuple(environments, contextsOf(hostileContexts)), 60, 2)) {
      const evaluator = evaluatorOf(documents);
      const definition = exported(documents);
      const questions = keys.flatMap((flag) => contexts.map((context) => ({ flag, context })));
      const [loaded, ...answers] = (await flagd?.ask([{ definition }, ...questions])) ?? [];
      expect(loaded?.error ?? '').toBe('');
      answers.forEach((answer, index) => {
        const { flag, context } = questions[index]!;
        const [theirs, our] = [flagds(answer), ours(evaluator, flag, context)];
        const where = JSON.stringify({ flag, context, documents });
        expect(served(theirs), where).toEqual(served(our));
        // RPC providers keep STATIC answers, so nothing that depends on the context may be one.
        if (theirs.reason === 'STATIC') expect(['STATIC', 'DISABLED'], where).toContain(our.reason);
      });
    }
  });

  it("answers as we do in flagd's evaluator for JavaScript", () => {
    for (const [documents, contexts] of cases(fc.tuple(environments, contextsOf(typedContexts)), 60, 3)) {
      const evaluator = evaluatorOf(documents);
      const core = new FlagdCore(undefined, silent);
      core.setConfigurations(JSON.stringify(exported(documents)));
      for (const key of keys)
        for (const context of contexts) {
          const flag = core.getFlag(key)!;
          const { value, variant } =
            flag.state === 'DISABLED'
              ? { value: undefined, variant: undefined }
              : flag.evaluate(context as never);
          const where = JSON.stringify({ key, context, documents });
          expect({ value, variant }, where).toEqual(served(ours(evaluator, key, context)));
        }
    }
  });

  it('answers as before when it is imported', () => {
    for (const [documents, contexts] of cases(fc.tuple(environments, contextsOf(hostileContexts)), 60, 4)) {
      const { documents: again, findings } = importFlagd(exported(documents), { exact: true });
      expect(findings).toEqual([]);
      const [before, after] = [evaluatorOf(documents), evaluatorOf(again)];
      for (const key of keys)
        for (const context of contexts) {
          const where = JSON.stringify({ key, context, documents });
          expect(served(ours(after, key, context)), where).toEqual(served(ours(before, key, context)));
        }
    }
  });
});
