// Experiments that decide by themselves, through core, event log and analytics: shipped, rolled back, or blocked by faults
// of the data that hostile or broken applications send.
import { call } from '@org/tools/cluster/admin-client';
import { afterEach, expect, it } from 'vitest';
import type { Experiment } from '@org/contract/model';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import {
  exposed,
  openLaboratory,
  record,
  settledResults,
  startExperiment,
  tracked,
  type Laboratory,
} from './experiment-replay.ts';
import { closeAll } from './run.ts';

afterEach(closeAll, 60_000);

const metrics = {
  buys: { type: 'conversion', selection: { event: 'buy' }, direction: 'increase' },
  errors: { type: 'conversion', selection: { event: 'error' }, direction: 'decrease' },
};

/** Starts an automatic experiment of the flag with its name. */
const start = (laboratory: Laboratory, key: string): Promise<number> =>
  startExperiment(laboratory, {
    key,
    variants: ['old', 'new'],
    metrics,
    experiment: {
      control: 'old',
      metrics: [
        { key: 'buys', role: 'goal' },
        { key: 'errors', role: 'guardrail', margin: 0.5 },
      ],
      plan: { method: 'sequential', alpha: 0.05 },
      decisionRule: 'automatic',
    },
  });

interface Shares {
  /** Units of `old` and `new`. */
  readonly units?: readonly [number, number];
  /** One in so many buys, and has an error. */
  readonly buys?: readonly [number, number];
  readonly errors?: readonly [number, number];
}

/** What the units of one experiment do. */
const planted = (
  key: string,
  timeMs: number,
  { units = [3_000, 3_000], buys = [10, 5], errors = [10, 10] }: Shares = {},
): readonly Event[] =>
  (['old', 'new'] as const).flatMap((variant, arm) =>
    Array.from({ length: units[arm]! }, (_, index) => {
      const unit = `${key}-${variant}-${index}`;
      return [
        exposed(key, unit, variant, timeMs),
        ...(index % buys[arm]! === 0 ? [tracked(unit, 'buy', timeMs)] : []),
        ...(index % errors[arm]! === 0 ? [tracked(unit, 'error', timeMs)] : []),
      ];
    }).flat(),
  );

const lifeOf = async ({ core, environment }: Laboratory, key: string): Promise<Experiment['life']> => {
  const { document } = await call<{ document: Experiment }>(core.httpUrl, 'AdminService/GetDocument', {
    environment: environment.reference,
    kind: 'experiment',
    key,
  });
  return document.life;
};

it(
  'ships and rolls back by evidence, and nothing while the data cannot be trusted',
  { timeout: 400_000 },
  async () => {
    const laboratory = await openLaboratory();
    const startMs = new Map<string, number>();
    for (const key of ['skewed', 'crossed', 'strange', 'harmed', 'better'])
      startMs.set(key, await start(laboratory, key));
    const at = (key: string): number => startMs.get(key)!;
    await record(laboratory, [
      // A client that loses a third of the exposures of one variant.
      ...planted('skewed', at('skewed'), { units: [3_000, 2_000] }),
      // An application that gives the same unit another variant at each visit.
      ...planted('crossed', at('crossed')),
      ...Array.from({ length: 300 }, (_, index) =>
        exposed('crossed', `crossed-old-${index}`, 'new', at('crossed') + 1),
      ),
      // A value that no statistic can be made of.
      ...planted('strange', at('strange'), { buys: [5, 5] }),
      tracked('strange-old-0', 'buy', at('strange'), 1e308),
      ...planted('harmed', at('harmed'), { errors: [20, 4] }),
      ...planted('better', at('better')),
    ]);
    for (const key of ['skewed', 'crossed']) {
      const { recommendation } = await settledResults(laboratory, key);
      expect(recommendation).toMatchObject({ action: 'blocked' });
      expect(recommendation!.reasons.join(' ')).toMatch(
        /Sample-ratio mismatch.*p = |300 units \(.* more than one variant/,
      );
    }
    const undecided = await settledResults(laboratory, 'strange');
    expect(undecided.recommendation).toMatchObject({ action: 'keep_running' });
    const state = (key: string) => async () => (await lifeOf(laboratory, key))?.state;
    for (const key of ['better', 'harmed'])
      await expect.poll(state(key), { timeout: 120_000, interval: 500 }).toBe('decided');
    const better = await lifeOf(laboratory, 'better');
    expect(better).toMatchObject({
      stoppedBy: 'controller:experiment',
      decision: { outcome: 'ship', variant: 'new', results: { recommendation: { action: 'ship' } } },
    });
    // In words and numbers.
    expect(better!.decision!.reasons.join(' ')).toMatch(
      /new on buys: \+100\.00 % \(.*\), p = .*, by asymptotic_cs/,
    );
    const harmed = await lifeOf(laboratory, 'harmed');
    expect(harmed!.decision).toMatchObject({ outcome: 'roll_back' });
    expect(harmed!.decision!.reasons.join(' ')).toMatch(/Guardrail violated: new on errors: \+400\.00 %/);
    // They were looked at together with these, and stay.
    for (const key of ['skewed', 'crossed', 'strange']) expect(await state(key)()).toBe('running');
    // Frozen: what comes later changes nothing.
    await record(laboratory, planted('better', Date.now(), { buys: [1, 1_000] }), 'late');
    const after = await call<{ recommendation: { action: string } }>(
      laboratory.core.httpUrl,
      'AnalyticsService/Results',
      {
        environment: laboratory.environment.reference,
        experiment: 'better',
      },
    );
    expect(after.recommendation.action).toBe('ship');
  },
);
