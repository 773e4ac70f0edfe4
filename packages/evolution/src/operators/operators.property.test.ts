import { checkConfigs } from '@org/evaluator/config';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patchOf, unchanged, type Candidate } from '../engine/candidate.ts';
import { createEngine, mutated } from '../engine/propose.ts';
import { drawTier, tiers, usualTierWeights } from '../engine/tiers.ts';
import { validate } from '../engine/validate.ts';
import { createRandom } from '../random.ts';
import { rulesGeneId, type Genome } from '../space/gene.ts';
import { exitStrategy } from '../testing/exit-strategy.ts';
import { applyPatch } from '../testing/json-patch.ts';
import { effectiveOf, pipelineOf } from '../testing/setup.ts';
import { applyConfigPatch } from '@org/evaluator/config';
import { movesOf } from './catalogue.ts';

const pipeline = pipelineOf(exitStrategy, [{ targetingKey: 'a', volatility: 0.5, capital: 2000 }]);
const { space } = pipeline;
const moves = movesOf(space, undefined);

/** The tree of values and rules with a genome in it. */
function treeOf(genome: Genome): unknown {
  const tree = JSON.parse(JSON.stringify(space.tree)) as { values: Record<string, unknown>; rules: unknown };
  for (const { id, pointer } of space.genes) {
    if (id === rulesGeneId) tree.rules = genome[id];
    else applyInto(tree, pointer.split('/').slice(1), genome[id]);
  }
  return JSON.parse(JSON.stringify(tree));
}

function applyInto(tree: unknown, [name = '', ...rest]: readonly string[], value: unknown): void {
  const holder = tree as Record<string, unknown>;
  if (rest.length === 0) holder[name] = value;
  else applyInto(holder[name], rest, value);
}

/** A few moves, one after the other. */
function walk(seed: number, length: number): Candidate {
  const random = createRandom(seed, 'walk');
  let candidate = unchanged(space.start);
  for (let i = 0; i < length; i++) candidate = mutated(candidate, moves, random) ?? candidate;
  return candidate;
}

describe('given moves of every operator', () => {
  it('patches lead from the parent to the candidate and back', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), (seed, length) => {
        const candidate = walk(seed, length);
        const [before, after] = [treeOf(space.start), treeOf(candidate.genome)];
        expect(applyPatch(before, candidate.patch)).toEqual(after);
        expect(applyPatch(after, candidate.inverse)).toEqual(before);
      }),
      { seed: 6001, numRuns: 300 },
    );
  });

  it('words name every gene that changed, with the value it has now', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { genome, words, mutations } = walk(seed, 1);
        const changed = space.genes.filter(({ id }) => genome[id] !== space.start[id]).map(({ id }) => id);
        expect(new Set(mutations.flatMap(({ genes }) => genes))).toEqual(new Set(changed));
        for (const id of changed) {
          const sentence = words.find((each) => each.startsWith(id));
          expect(sentence).toBeDefined();
          const text = JSON.stringify(genome[id]);
          if (sentence!.includes(' → ') && sentence!.startsWith(`${id}: `) && text.length < 160)
            expect(sentence).toContain(`→ ${text} (`);
        }
      }),
      { seed: 6002, numRuns: 300 },
    );
  });

  it('every one changes something and leaves no gene outside of its space', () => {
    for (const { move } of moves) {
      const random = createRandom(7, ...move.genes, move.operator);
      let made = 0;
      for (let i = 0; i < 40; i++) {
        const candidate = mutated(unchanged(space.start), [{ move, weight: 1 }], random);
        if (candidate === undefined) continue;
        made += 1;
        const found = validate({ ...pipeline, checkConfig: () => [] }, candidate.genome);
        expect(found, `${move.operator} ${candidate.words.join()}`).toEqual([]);
        expect(candidate.genome).not.toEqual(space.start);
      }
      expect(made, `${move.operator} of ${move.genes.join()}`).toBeGreaterThan(0);
    }
  });

  it('weights stay on the simplex', () => {
    const reweight = moves.filter(({ move }) => move.operator === 'reweight');
    const random = createRandom(11);
    let candidate = unchanged(space.start);
    for (let i = 0; i < 500; i++) candidate = mutated(candidate, reweight, random) ?? candidate;
    const weights = Object.values(candidate.genome['signals'] as Record<string, number>);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0.05);
  });
});

describe('given an engine', () => {
  const engine = createEngine(space);

  it('draws tiers by their weights, within 2 % over 100,000 draws', () => {
    const random = createRandom(17);
    const counts = { parametric: 0, structural: 0, relational: 0 };
    for (let i = 0; i < 100_000; i++) counts[drawTier(engine.shares, random)] += 1;
    for (const tier of tiers)
      expect(Math.abs(counts[tier] / 100_000 - usualTierWeights[tier])).toBeLessThan(0.02);
  });

  it('proposes what the check of commits accepts, too', () => {
    const random = createRandom(23);
    const effective = effectiveOf(exitStrategy);
    const tried = new Set<string>();
    let failures = 0;
    for (let i = 0; i < 300; i++) {
      const attempt = engine.propose(pipeline, { tried, accepted: [] }, random, () => 0);
      if (attempt.candidate === undefined) failures += 1;
      else {
        expect(tried.has(attempt.id)).toBe(false);
        tried.add(attempt.id);
        const patch = patchOf(space, attempt.candidate.genome, space.start);
        const config = applyConfigPatch(exitStrategy, effective, patch);
        const lookup = {
          get: (kind: string) => (kind === 'config' ? config : undefined),
          dependants: () => [],
        };
        expect(checkConfigs(lookup, [{ kind: 'config', key: 'tested' }])).toEqual([]);
      }
    }
    // Some moves lead to few places, which are all tried at last.
    expect(failures).toBeLessThan(30);
  });

  it('proposes the same for the same seed', () => {
    const once = (): readonly unknown[] => {
      const random = createRandom(29, 'again');
      return Array.from({ length: 50 }, () => {
        const { candidate } = engine.propose(pipeline, { tried: new Set(), accepted: [] }, random, () => 0);
        return candidate?.words;
      });
    };
    expect(once()).toEqual(once());
  });

  it('gives up in time', () => {
    let nowMs = 0;
    const refused = { path: '', rule: 'never', message: '' };
    const stubborn = { ...pipeline, checkConfig: () => [refused] };
    const slow = createEngine(space, { retries: 10, timeoutSeconds: 2 });
    const clock = (): number => (nowMs += 900);
    const attempt = slow.propose(stubborn, { tried: new Set(), accepted: [] }, createRandom(1), clock);
    expect(attempt).toMatchObject({ reason: 'timeout', outcome: { isSuccess: false, rejected: 2 } });
  });
});
