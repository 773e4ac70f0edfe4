// What every subject is asked: one flag with one rule that matches (country in three values and tier equals), as documents
// of ours and of flagd.
import type { Flag } from '@org/contract/model';

export const benchmarkFlag = 'benchmark';

export const benchmarkContext = {
  targetingKey: '5f3c1d1e-8a55-4c1c-9d8e-0f5b1f6f2a11',
  country: 'DE',
  tier: 'gold',
};

export const benchmarkDocument: Flag = {
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  offVariant: 'off',
  rules: [
    {
      id: 'country',
      when: {
        op: 'and',
        of: [
          { op: 'in', attribute: 'country', values: ['DE', 'FR', 'ES'] },
          { op: 'equals', attribute: 'tier', value: 'gold' },
        ],
      },
      serve: { variant: 'on' },
    },
  ],
  default: { variant: 'off' },
};

/** The same for flagd. */
export const flagdDefinition = {
  flags: {
    [benchmarkFlag]: {
      state: 'ENABLED',
      variants: benchmarkDocument.variants,
      defaultVariant: 'off',
      targeting: {
        if: [
          { and: [{ in: [{ var: 'country' }, ['DE', 'FR', 'ES']] }, { '==': [{ var: 'tier' }, 'gold'] }] },
          'on',
        ],
      },
    },
  },
};
