import { describe, expect, it } from 'vitest';
import { checkSchema } from './check-schema.ts';

const program = {
  config: 'checkout',
  objective: { metric: 'purchase' },
  budget: { trafficPercentage: 10 },
  tierWeights: { parametric: 0.5, structural: 0.3, relational: 0.2 },
  operators: [{ type: 'arithmetic', range: { min: 0, max: 0.2 }, probability: 0.5 }],
  stages: { confirmation: { hoursMin: 24, hoursMax: 240 } },
  seed: 1,
};

const findings = (change: object): readonly string[] =>
  checkSchema('evolution', { ...program, ...change }).map(({ field, rule }) => `${field} ${rule}`);

describe('evolution programs', () => {
  it('are taken when they are sound', () => expect(findings({})).toEqual([]));

  it.each([
    [{ budget: { trafficPercentage: 0 } }, 'budget.trafficPercentage'],
    [{ tierWeights: { parametric: 0.5, structural: 0.3, relational: 0.3 } }, 'tierWeights weights_sum'],
    [{ validation: { retries: 11 } }, 'validation.retries'],
    [{ validation: { timeoutSeconds: 31 } }, 'validation.timeoutSeconds'],
    [{ stages: { confirmation: { hoursMin: 24, hoursMax: 12 } } }, 'stages.confirmation.hoursMax range'],
    [{ operators: [{ type: 'arithmetic', probability: 0 }] }, 'operators probability'],
    [{ operators: [{ type: 'luck' }] }, 'operators[0].type'],
    [{ guardrails: [{ metric: 'purchase' }] }, 'guardrails[0].metric unique'],
    [{ seed: undefined }, 'seed'],
  ])('refuse %j', (change, finding) => expect(findings(change)).toEqual([expect.stringContaining(finding)]));
});
