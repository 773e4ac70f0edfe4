import type { Config, Evolution } from '@org/contract/model';
import { describe, expect, it } from 'vitest';
import { exitStrategy } from '../testing/exit-strategy.ts';
import { effectiveOf } from '../testing/setup.ts';
import { checkProgram, chooseProgram } from './check-program.ts';

const program: Evolution = {
  config: 'exits',
  objective: { metric: 'profit' },
  budget: { trafficPercentage: 20 },
  seed: 1,
};

const findings = (change: Partial<Evolution>, config: Config = exitStrategy): readonly string[] =>
  checkProgram(
    { ...program, ...change },
    { config, effective: effectiveOf(config), hasMetric: (key) => key === 'profit' },
  ).map(({ path, rule }) => `${path} ${rule}`);

describe('programs', () => {
  it('are taken when they hold', () => expect(findings({})).toEqual([]));

  it.each<[string, Partial<Evolution>, Config | undefined, string]>([
    ['an unknown metric', { objective: { metric: 'luck' } }, undefined, 'objective.metric unknown_metric'],
    [
      'an unknown guardrail',
      { guardrails: [{ metric: 'x' }] },
      undefined,
      'guardrails[0].metric unknown_metric',
    ],
    [
      'a gene outside the schema',
      { genes: ['stopLoss', 'takeProfit', 'luck'] },
      undefined,
      'genes[2] unknown_gene',
    ],
    ['half of a coupled group', { genes: ['stopLoss'] }, undefined, 'genes[0] coupled'],
    [
      'a space with nothing in it',
      {},
      { schema: { a: { type: 'number', default: 1, min: 0, max: 2 } } },
      'genes empty_space',
    ],
    [
      'amounts without bounds',
      {},
      { schema: { a: { type: 'number', default: 1, evolve: {} } } },
      'genes bounds',
    ],
    [
      'an operator without genes',
      { operators: [{ type: 'condition_flip' }] },
      { schema: { a: { type: 'boolean', default: true, evolve: {} } } },
      'operators[0] no_genes',
    ],
    [
      'weights for tiers that have nothing',
      { tierWeights: { parametric: 0, structural: 1, relational: 0 } },
      { schema: { a: { type: 'boolean', default: true, evolve: {} } } },
      'tierWeights empty_space',
    ],
    [
      'a budget that the canary does not fit in',
      { stages: { canary: { percentage: 10 } } },
      undefined,
      'stages.canary.percentage budget',
    ],
    [
      'a condition that references nothing',
      {},
      { schema: { a: { type: 'condition', default: { op: 'and', of: [] }, evolve: {} } } },
      'genes empty_condition',
    ],
    [
      'invariants that contradict each other',
      {},
      {
        schema: { a: { type: 'number', default: 1, min: 0, max: 2, evolve: {} } },
        invariants: [
          { id: 'less', message: 'Less.', require: comparison('less') },
          { id: 'more', message: 'More.', require: comparison('greater') },
        ],
      },
      'config invariant',
    ],
  ])('refuse %s', (_name, change, config, finding) => expect(findings(change, config)).toContain(finding));

  it('fall back to the last good version, and say so', () => {
    const problems = [{ path: 'genes[0]', rule: 'unknown_gene', message: 'There is no parameter "x".' }];
    expect(chooseProgram({ ...program, genes: ['x'] }, program, problems)).toMatchObject({
      running: program,
      isFallback: true,
      warning: 'The program is broken; its last good version goes on: genes[0]: There is no parameter "x".',
    });
    expect(chooseProgram(program, undefined, [])).toEqual({ running: program, isFallback: false });
  });
});

function comparison(is: 'less' | 'greater') {
  return { op: 'compare', left: { op: 'parameter', name: 'a' }, is, right: 1 } as const;
}
