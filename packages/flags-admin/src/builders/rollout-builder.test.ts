// What the builders of rollouts and breakers make is what the contract takes.
import { checkSchema } from '@org/contract/schema';
import { describe, expect, it } from 'vitest';
import { breaker, configRollout, editRollout, rollout } from './rollout-builder.ts';

const office = { cron: '0 9 * * MON-FRI', timeZone: 'Europe/Berlin', durationMinutes: 480 };

describe('rollouts', () => {
  it('say all there is to say', () => {
    const full = rollout('wizard', 'checkout', 'new')
      .stages(1, { percentage: 50, approval: true }, 100)
      .control('old')
      .unit('user')
      .minimumMinutes(30)
      .minimumSample(1_000)
      .approvalFrom(100)
      .progressIn(office)
      .maintenanceIn({ ...office, cron: '0 2 * * SUN' })
      .watchErrors({ margin: 0.1, rateMax: 0.05 })
      .watchLatency(800, { action: 'hold' })
      .guardrail('purchases', { margin: 0.02 })
      .rule({ id: 'up', type: 'http', url: 'https://shop.example/health' })
      .completion('keep')
      .describe('A wizard.')
      .owner('shop')
      .tags('checkout');
    expect(checkSchema('rollout', full.document)).toEqual([]);
    expect(full.document.health?.map(({ id }) => id)).toEqual(['errors', 'latency', 'purchases', 'up']);
    expect(full.strategy('canary').document).not.toHaveProperty('stages');
    expect(full.watchErrors().document.health).toHaveLength(4);
  });

  it('are of configs, too, and go on from what is stored', () => {
    const prices = configRollout('prices', 'pricing', 'generous', { values: { discount: 20 } });
    expect(checkSchema('rollout', prices.document)).toEqual([]);
    const stored = { ...prices, kind: 'rollout', revision: 7, createdAt: '', changedAt: '' } as const;
    const edited = editRollout(stored).minimumMinutes(5);
    expect(edited).toMatchObject({ key: 'prices', expectedRevision: 7, document: { minimumMinutes: 5 } });
  });
});

it('makes breakers', () => {
  const draft = breaker('pay', 'off')
    .confirmedBy({ instances: 3, units: 50 })
    .probing({ openSeconds: 30, probePercentage: 5, probeCalls: 20, errorRateMax: 0.05 })
    .describe('Payments.');
  expect(checkSchema('breaker', draft.document)).toEqual([]);
  expect(draft.key).toBe('pay');
});
