// Rollouts step by step: stages, gates, windows, rules, evidence.
import { describe, expect, it } from 'vitest';
import type { HealthRule, Rollout } from '@org/contract/model';
import {
  addCounts,
  binomial,
  chanceOf,
  isInside,
  logEvidence,
  logHarm,
  noEvidence,
  percentagesOf,
  rolloutOverlay,
  simulateRollout,
  startRollout,
  stepRollout,
  type RolloutObservations,
  type RolloutStatus,
} from '../index.ts';

const beginMs = Date.parse('2026-03-02T10:00:00Z');
const draft = (more: Partial<Rollout> = {}): Rollout => ({
  target: { kind: 'flag', key: 'checkout' },
  variant: 'on',
  strategy: 'linear',
  minimumMinutes: 1,
  ...more,
});
const started = (more: Partial<Rollout> = {}): Rollout => {
  const note = { by: 'ada', atMs: beginMs, reasons: [] };
  const changes = startRollout({ key: 'r', revision: 1, rollout: draft(more) }, note)!;
  return changes[0]!.document as unknown as Rollout;
};
const nobody = { calls: 0, errors: 0, slow: {} };
const quiet: RolloutObservations = {
  refusals: [],
  variant: nobody,
  others: nobody,
  readings: {},
  metrics: undefined,
  faults: [],
  alarms: [],
  target: { document: {}, revision: 3 },
};
/** Looks every 10 s until the minutes are over or something is committed. */
function watchFor(rollout: Rollout, minutes: number, seen: Partial<RolloutObservations> = {}) {
  let status: RolloutStatus | undefined;
  for (let look = 1; ; look += 1) {
    const nowMs = beginMs + look * 10_000;
    const subject = { key: 'r', revision: 2, changedAtMs: beginMs, spec: rollout };
    const step = stepRollout(subject, status, { ...quiet, ...seen }, nowMs);
    status = step.status;
    if (step.commits.length > 0 || look >= minutes * 6) return step;
  }
}

it.each([
  ['linear', [10, 25, 50, 75, 100]],
  ['exponential', [1, 2, 4, 8, 16, 32, 64, 100]],
  ['canary', [1, 100]],
  ['blue_green', [100]],
] as const)('has the stages of %s', (strategy, expected) => {
  expect(percentagesOf({ strategy })).toEqual(expected);
});

it('takes custom stages, and ranges that only grow', () => {
  const stages = [{ percentage: 0.5 }, { percentage: 40 }];
  expect(percentagesOf({ strategy: 'custom', stages })).toEqual([0.5, 40]);
  expect(rolloutOverlay('r', draft(), 500).ranges).toEqual([{ from: 0, to: 500 }]);
  const compared = rolloutOverlay('r', draft({ control: 'off' }), 500);
  expect(compared.patch.serve).toEqual({
    split: {
      weights: [
        { variant: 'on', weight: 500 },
        { variant: 'off', weight: 99_500 },
      ],
      salt: 'rollout:r',
    },
  });
});

describe('a stage', () => {
  it('goes on after its time, its sample and its approval, in a window', () => {
    expect(watchFor(started(), 5).commits).toMatchObject([{ step: 'progress' }]);
    const calls = { variant: { calls: 1, errors: 0, slow: {} } };
    expect(watchFor(started({ minimumSample: 100 }), 5, calls).waiting).toEqual([
      '30 of 100 calls with the variant were seen.',
    ]);
    expect(watchFor(started({ approvalFrom: 20 }), 2).waiting).toEqual([
      'Stage 2 (25 %) waits for an approval.',
    ]);
    const night = { cron: '0 22 * * *', timeZone: 'Europe/Berlin', durationMinutes: 360 };
    expect(watchFor(started({ progressWindows: [night] }), 2).waiting).toEqual([
      'No progress window is open.',
    ]);
    const day = { ...night, cron: '0 9 * * MON-FRI' };
    expect(watchFor(started({ maintenanceWindows: [day] }), 2).waiting).toEqual([
      'A maintenance window is open.',
    ]);
    expect(watchFor(started({ progressWindows: [day] }), 2).commits).toHaveLength(1);
  });

  it('knows its windows by the clocks on the wall', () => {
    const window = { cron: '30 1 * * *', timeZone: 'Europe/Berlin', durationMinutes: 60 };
    expect(isInside(window, Date.parse('2026-03-29T00:45:00Z'))).toBe(true);
    expect(isInside(window, Date.parse('2026-03-29T01:35:00Z'))).toBe(false);
    expect(isInside(window, Date.parse('2026-07-01T00:00:00Z'))).toBe(true);
  });

  it('counts only time in which it was watched', () => {
    const rollout = started();
    const subject = { key: 'r', revision: 2, changedAtMs: beginMs, spec: rollout };
    let status = stepRollout(subject, undefined, quiet, beginMs).status;
    for (const jumpMs of [86_400_000, -86_400_000, 3_600_000]) {
      const step = stepRollout(subject, status, quiet, status.lookedAtMs + jumpMs);
      expect(step.status.watchedMs - status.watchedMs).toBeLessThanOrEqual(30_000);
      status = step.status;
    }
  });

  it('adds nothing when a look is repeated', () => {
    const first = watchFor(started(), 0.2);
    const subject = { key: 'r', revision: 2, changedAtMs: beginMs, spec: started() };
    const again = stepRollout(subject, first.status, quiet, first.status.lookedAtMs);
    expect(again.status).toEqual(first.status);
  });

  it('holds on a mismatch of the sample ratio, on faults of the data, and on what it cannot judge', () => {
    const metrics = { metrics: {}, sampleRatioMismatch: true };
    expect(watchFor(started(), 5, { metrics }).waiting[0]).toContain('sample ratio mismatch');
    expect(watchFor(started(), 5, { faults: ['Events are missing.'] }).waiting).toEqual([
      'Events are missing.',
    ]);
    const health: HealthRule[] = [{ id: 'm', type: 'metric', metric: 'sales' }];
    expect(watchFor(started({ health, control: 'off' }), 5).waiting).toEqual([
      'm: There are no results yet.',
    ]);
  });
});

describe('rules', () => {
  const reading = (value: number | undefined) => (look: number) =>
    value === undefined ? { atMs: look, problem: 'Nobody answers.' } : { atMs: look, value };
  const judged = (rule: HealthRule, values: readonly (number | undefined)[]) => {
    const rollout = started({ health: [rule], minimumMinutes: 60 });
    let status: RolloutStatus | undefined;
    let step: ReturnType<typeof stepRollout> | undefined;
    for (const [index, value] of values.entries()) {
      const nowMs = beginMs + (index + 1) * 10_000;
      const subject = { key: 'r', revision: 2, changedAtMs: beginMs, spec: rollout };
      const readings = { [rule.id]: reading(value)(nowMs) };
      step = stepRollout(subject, status, { ...quiet, readings }, nowMs);
      status = step.status;
    }
    if (step === undefined) throw new Error('no value to judge');
    return step;
  };
  const prometheus: HealthRule = {
    ...{ id: 'p', type: 'prometheus', url: 'https://p.example', query: 'up', comparison: '<', value: 5 },
  };

  it('break after some readings in a row', () => {
    expect(judged(prometheus, [9, 9]).health[0]?.verdict).toBe('unknown');
    expect(judged(prometheus, [9, 9, 9]).commits[0]?.step).toBe('roll_back');
    expect(judged(prometheus, [9, 9, 4, 9, 9]).commits).toEqual([]);
    expect(judged({ ...prometheus, action: 'hold' }, [9, 9, 9]).commits).toEqual([]);
    expect(judged(prometheus, [4, undefined]).health[0]).toMatchObject({
      verdict: 'unknown',
      text: 'Nobody answers.',
    });
    expect(judged({ id: 'h', type: 'http', url: 'https://a.example' }, [0, 0, 0]).commits).toHaveLength(1);
  });

  it('judge errors by counts, where nobody is left by a bound', () => {
    const health: HealthRule[] = [{ id: 'e', type: 'guarded_errors', rateMax: 0.01 }];
    const bad = { variant: { calls: 20, errors: 10, slow: {} } };
    expect(watchFor(started({ health, strategy: 'blue_green' }), 1, bad).commits[0]).toMatchObject({
      step: 'roll_back',
      urgent: true,
    });
    const alike = {
      variant: { calls: 10, errors: 1, slow: {} },
      others: { calls: 90, errors: 9, slow: {} },
    };
    expect(watchFor(started({ health, minimumMinutes: 60 }), 30, alike).commits).toEqual([]);
  });

  it('pause when the next step is refused, and roll back while paused', () => {
    const refusals = [{ step: 'progress', message: 'There is another overlay.' }];
    expect(watchFor(started(), 5, { refusals }).commits[0]?.step).toBe('pause');
    const running = started();
    const paused = { ...running, life: { ...running.life!, state: 'paused' as const } };
    expect(watchFor(paused, 5).commits).toEqual([]);
    expect(watchFor(paused, 5, { alarms: ['Critical.'] }).commits[0]?.step).toBe('roll_back');
  });
});

describe('the e-process of counts', () => {
  /** Share of the histories without harm that it condemns. */
  function falseAlarms(share: number, rate: number, histories: number): number {
    const chance = chanceOf(20_261_120);
    let alarms = 0;
    for (let history = 0; history < histories; history += 1) {
      let evidence = noEvidence;
      for (let look = 0; look < 200; look += 1) {
        const [own, others] = [Math.round(500 * share), Math.round(500 * (1 - share))];
        evidence = addCounts(
          evidence,
          { calls: own, events: binomial(chance, own, rate) },
          { calls: others, events: binomial(chance, others, rate) },
        );
        if (logEvidence(evidence, 1) < Math.log(20)) continue;
        alarms += 1;
        break;
      }
    }
    return alarms / histories;
  }

  it.each([
    [0.01, 0.01],
    [0.01, 0.001],
    [0.1, 0.05],
    [0.5, 0.3],
  ])('keeps its promise at a share of %d and a rate of %d', (share, rate) => {
    expect(falseAlarms(share, rate, 400)).toBeLessThanOrEqual(0.05);
  });

  it('finds what a canary of 1 % breaks', () => {
    const evidence = addCounts(noEvidence, { calls: 100, events: 6 }, { calls: 9_900, events: 10 });
    expect(logEvidence(evidence, 2)).toBeGreaterThan(Math.log(1_000));
    const better = addCounts(noEvidence, { calls: 5_000, events: 1 }, { calls: 5_000, events: 80 });
    expect(logEvidence(better, 2)).toBeLessThan(0);
  });

  it('judges conversions in the direction that harms', () => {
    const lost = logHarm({ units: 1_000, events: 20 }, { units: 9_000, events: 900 }, 'increase', 0.01);
    expect(lost).toBeGreaterThan(Math.log(1_000));
    const won = logHarm({ units: 1_000, events: 180 }, { units: 9_000, events: 900 }, 'increase', 0.01);
    expect(won).toBeLessThan(0);
  });
});

it('simulates a rollout before it starts, the same for the same seed', () => {
  const rollout = draft({ health: [{ id: 'e', type: 'guarded_errors' }], minimumMinutes: 10 });
  const traffic = { callsPerMinute: 600, errorRate: 0.01, slowRate: 0, slowRatio: 1, harmFromStage: 1 };
  const options = { histories: 40, seed: 7 };
  const harmless = simulateRollout('r', rollout, { ...traffic, errorRatio: 1 }, options);
  expect(harmless.completed).toBeGreaterThanOrEqual(37);
  const harmful = simulateRollout('r', rollout, { ...traffic, errorRatio: 20 }, options);
  expect(harmful).toMatchObject({ rolledBack: 40, completed: 0 });
  expect(harmful.rollbacksByStage[0]).toBeLessThanOrEqual(2);
  expect(simulateRollout('r', rollout, { ...traffic, errorRatio: 20 }, options)).toEqual(harmful);
});
