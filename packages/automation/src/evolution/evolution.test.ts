import type { Config, Evolution } from '@org/contract/model';
import { describe, expect, it } from 'vitest';
import { chanceOf } from '../simulation/chance.ts';
import {
  createEvolutionStore,
  liveIdOf,
  simulateEvolution,
  type EvolutionStore,
  type EvolutionWorld,
} from '../simulation/simulate-evolution.ts';
import { effectiveConfig } from '@org/evaluator/config';
import { fewerEvents, moreEvents } from './evidence.ts';
import { approveChanges } from './life.ts';
import type { EvolutionObservations } from './observations.ts';
import { stepEvolution } from './step.ts';

const config: Config = {
  schema: {
    price: { type: 'number', default: 0.1, min: 0, max: 1, evolve: {} },
    size: { type: 'integer', default: 10, min: 0, max: 100, evolve: {} },
    layout: { type: 'enum', options: ['list', 'grid', 'cards'], default: 'list', evolve: {} },
  },
};

const program: Evolution = {
  config: 'shop',
  objective: { metric: 'purchase' },
  budget: { trafficPercentage: 40, candidates: 3 },
  stages: {
    shadow: { hours: 6 },
    canary: { hours: 6 },
    screening: { hours: 48 },
    confirmation: { hoursMin: 48, hoursMax: 240, percentage: 40 },
    holdback: { hours: 120 },
  },
  seed: 5,
};

/** A peak that is far from the start. */
const world: EvolutionWorld = {
  ...{ unitsPerDay: 20_000, days: 60, stepHours: 6, delayDays: 0 },
  rateOf: (genome) =>
    0.04 +
    0.03 * Math.exp(-(((genome['price'] as number) - 0.7) ** 2) / 0.1) +
    (genome['layout'] === 'cards' ? 0.01 : 0),
};

/** A store with its program, moved by hand. */
function run(spec: Evolution = program) {
  const store = createEvolutionStore(spec, config);
  let nowMs = Date.UTC(2026, 2, 2);
  const look = (hours: number, more: Partial<EvolutionObservations> = {}): string | undefined => {
    nowMs += hours * 3_600_000;
    const { document, revision } = store.config;
    const effective = effectiveConfig('shop', () => ({ document, revision }));
    if ('problem' in effective) throw new Error(effective.problem);
    const none = { number: 0, arms: {} };
    const observations: EvolutionObservations = {
      ...{ config: { document, effective, revision }, refusals: [], objective: none, holdback: none },
      ...{ errors: none, guardrails: {}, alarms: {}, refusedBySimulation: {}, isStopped: false },
      ...more,
    };
    const { program: held } = store;
    const subject = { key: 'test', revision: held.revision, changedAtMs: nowMs, spec: held.document };
    const [commit] = stepEvolution(subject, observations, nowMs).commits;
    if (commit !== undefined) expect(store.commit(commit)).toBe('done');
    return commit?.step.split(':')[0];
  };
  const life = () => store.program.document.life!;
  /** Counts of the running phase: the first candidate has one rate, the others and the control another. */
  const counts = (units: number, first: number, rest: number) => {
    const trial = life().trial!;
    const shares = [...trial.arms.map(({ candidate, share }) => [candidate, share] as const)];
    const arms = [...shares, ['control', trial.control] as const].map(([arm, share], index) => {
      const own = Math.round(units * share);
      return [arm, { units: own, events: Math.round(own * (index === 0 ? first : rest)) }] as const;
    });
    return { number: trial.number, arms: Object.fromEntries(arms) };
  };
  return { store, look, life, counts };
}

describe('given a program on units that are made up', () => {
  const outcome = simulateEvolution(program, config, world, chanceOf(3));

  it('finds what is better and ships nothing that is not', () => {
    expect(outcome.finalLift).toBeGreaterThan(0.2);
    expect(outcome.shipped.length).toBeGreaterThan(0);
    for (const { lift } of outcome.shipped) expect(lift).toBeGreaterThan(0);
  });

  it('never gives candidates to more units than it may', () => {
    expect(outcome.trafficMost).toBeLessThanOrEqual(0.4 + 1e-9);
  });

  it('keeps the lineage of everything it tried', () => {
    for (const [index, tried] of outcome.life.tried.entries()) {
      if (index >= outcome.life.tried.length - 100) expect(tried.words.length).toBeGreaterThan(0);
      if (tried.parent !== undefined) expect(outcome.life.accepted).toContain(tried.parent);
    }
  });

  it('goes the same way when cores crash before a commit or never hear its answer', () => {
    const whole = history(() => 'commit');
    for (const seed of [1, 2, 3]) {
      const chance = chanceOf(seed);
      const crashed = history(() => {
        const drawn = chance();
        return drawn < 0.2 ? 'lost_answer' : 'commit';
      });
      expect(crashed).toEqual(whole);
      const late = history(() => (chance() < 0.3 ? 'crash' : 'commit'));
      expect(late.commits).toBe(new Set(late.steps).size);
    }
  });

  /** What was committed, in order. */
  function history(fate: () => 'crash' | 'commit' | 'lost_answer') {
    const steps: string[] = [];
    let seen: EvolutionStore | undefined;
    const interfere: EvolutionWorld['interfere'] = (store, commit) => {
      seen = store;
      const chosen = fate();
      if (chosen !== 'crash') steps.push(`${store.program.revision} ${commit.step}`);
      return chosen;
    };
    simulateEvolution(program, config, { ...world, days: 20, interfere }, chanceOf(8));
    return { steps, commits: steps.length, live: liveIdOf(seen!) };
  }
});

describe('given a program step by step', () => {
  it('goes from shadow to confirmation, and commits what is proved', () => {
    const { store, look, life, counts } = run();
    expect(look(0)).toBe('generation 1');
    expect(look(1)).toBeUndefined();
    expect(look(6)).toBe('canary');
    expect(look(7)).toBe('screen');
    expect(look(49, { objective: counts(40_000, 0.08, 0.05) })).toBe('confirm');
    const [{ candidate } = { candidate: '' }] = life().trial!.arms;
    // Too early, however good it looks.
    expect(look(1, { objective: counts(80_000, 0.08, 0.05) })).toBeUndefined();
    expect(look(48, { objective: counts(80_000, 0.08, 0.05) })).toBe('commit');
    expect(life()).toMatchObject({ accepted: [candidate], holdback: { candidate } });
    expect(store.config.document.values).toBeDefined();
    expect([...store.overlays.keys()]).toEqual(['evolution:test:holdback']);
    expect(look(1)).toBe('hold_back');
  });

  it('takes a committed version back when the one before does better', () => {
    const { store, look, life, counts } = run();
    for (const hours of [0, 7, 7]) look(hours);
    look(49, { objective: counts(40_000, 0.08, 0.05) });
    look(49, { objective: counts(80_000, 0.08, 0.05) });
    look(1);
    const { number } = life().holdback!;
    const arms = { back: { units: 4_000, events: 400 }, control: { units: 4_000, events: 200 } };
    expect(look(1, { holdback: { number, arms } })).toBe('revert');
    expect(life().tried.find(({ fate }) => fate === 'reverted')).toBeDefined();
    expect(life().accepted).toEqual([]);
    expect(store.config.document.values).toMatchObject(
      Object.fromEntries(
        Object.keys(store.config.document.values!).map((name) => [name, config.schema[name]!.default]),
      ),
    );
    expect(store.overlays.size).toBe(0);
  });

  it('gives up what is not worth it, and spends its level', () => {
    const { look, life, counts } = run();
    for (const hours of [0, 7, 7]) look(hours);
    look(49, { objective: counts(40_000, 0.08, 0.05) });
    expect(look(49, { objective: counts(4_000_000, 0.05, 0.05) })).toBe('not_confirmed');
    expect(life().confirmations).toHaveLength(1);
    expect(life().trial).toBeUndefined();
  });

  it('draws no conclusion from groups of the wrong size', () => {
    const { look, counts, life } = run();
    for (const hours of [0, 7, 7]) look(hours);
    look(49, { objective: counts(40_000, 0.08, 0.05) });
    const [{ candidate } = { candidate: '' }] = life().trial!.arms;
    const right = counts(80_000, 0.08, 0.05);
    const arms = { ...right.arms, [candidate]: { units: 20_000, events: 2_560 } };
    expect(look(49, { objective: { ...right, arms } })).toBeUndefined();
  });

  it('withdraws a candidate whose calls fail, at once, and goes on with the others', () => {
    const { look, life } = run();
    look(0);
    look(7);
    const trial = life().trial!;
    const [bad] = trial.arms;
    const arms = {
      [bad!.candidate]: { units: 100, events: 50 },
      control: { units: 8_700, events: 9 },
    };
    expect(look(0.01, { errors: { number: trial.number, arms } })).toBe('withdraw');
    expect(life().trial!.arms.map(({ candidate }) => candidate)).not.toContain(bad!.candidate);
    expect(life().tried.find(({ id }) => id === bad!.candidate)?.fate).toBe('harmful');
  });

  it('ends a trial when somebody edits the configuration', () => {
    const { store, look, life } = run();
    look(0);
    look(7);
    store.edit({ ...config, values: { price: 0.2 } });
    expect(look(1)).toBe('abandon');
    expect(life().trial).toBeUndefined();
    expect(store.overlays.size).toBe(0);
    expect(look(1)).toBe('generation 2');
  });

  it('spends the level of a confirmation that an edit ends', () => {
    const { store, look, life, counts } = run();
    for (const hours of [0, 7, 7]) look(hours);
    look(49, { objective: counts(40_000, 0.08, 0.05) });
    store.edit({ ...config, values: { price: 0.2 } });
    expect(look(1)).toBe('abandon');
    expect(life().confirmations).toMatchObject([{ p: 1 }]);
  });

  it('stops everywhere at once, and when trials have cost what they may', () => {
    const stopped = run();
    stopped.look(0);
    expect(stopped.look(1, { isStopped: true })).toBe('stop');
    expect(stopped.life().state).toBe('stopped');
    expect(stopped.store.overlays.size).toBe(0);
    const costly = run({ ...program, budget: { ...program.budget, lostConversions: 50 } });
    for (const hours of [0, 7, 7]) costly.look(hours);
    expect(costly.look(1, { objective: costly.counts(40_000, 0.01, 0.05) })).toBe('stop');
  });

  it('lets structural candidates wait for an approval, which hold no slot', () => {
    const ruled: Config = {
      ...config,
      rules: [
        { id: 'a', when: { op: 'exists', attribute: 'a' }, patch: { size: 5 } },
        { id: 'b', when: { op: 'exists', attribute: 'b' }, patch: { size: 6 } },
      ],
      evolve: { rules: { reorder: true, remove: true } },
    };
    const store = createEvolutionStore(program, ruled);
    const effective = effectiveConfig('shop', () => ({ document: ruled, revision: 1 }));
    if ('problem' in effective) throw new Error(effective.problem);
    const none = { number: 0, arms: {} };
    const observations: EvolutionObservations = {
      ...{
        config: { document: ruled, effective, revision: 1 },
        refusals: [],
        objective: none,
        holdback: none,
      },
      ...{ errors: none, guardrails: {}, alarms: {}, refusedBySimulation: {}, isStopped: false },
    };
    const subject = () => ({ key: 'test', ...store.program, spec: store.program.document, changedAtMs: 0 });
    for (const commit of stepEvolution(subject(), observations, Date.UTC(2026, 2, 2)).commits)
      store.commit(commit);
    const life = store.program.document.life!;
    expect(life.trial!.arms).toHaveLength(3);
    expect(life.waiting!.length).toBeGreaterThan(0);
    const [candidate] = life.waiting!;
    const approved = approveChanges(subject(), candidate!, { by: 'anna', atMs: 0, reasons: [] });
    expect(approved?.[0]?.document).toMatchObject({ life: { approved: [{ candidate, by: 'anna' }] } });
    expect(approveChanges(subject(), 'unknown', { by: 'anna', atMs: 0, reasons: [] })).toBeUndefined();
  });
});

describe('given counts without an effect', () => {
  it('their e-processes exceed 20 in at most 5 % of histories, however often they are looked at', () => {
    const chance = chanceOf(99);
    const shares = { candidate: 0.1, control: 0.9 };
    let [more, fewer] = [0, 0];
    const histories = 400;
    for (let history = 0; history < histories; history++) {
      let [a, b] = [0, 0];
      let [isMore, isFewer] = [false, false];
      for (let event = 0; event < 400; event++) {
        if (chance() < shares.candidate) a += 1;
        else b += 1;
        const [own, others] = [
          { units: 0, events: a },
          { units: 0, events: b },
        ];
        isMore ||= moreEvents(own, others, shares) >= Math.log(20);
        isFewer ||= fewerEvents(own, others, shares) >= Math.log(20);
      }
      more += isMore ? 1 : 0;
      fewer += isFewer ? 1 : 0;
    }
    // Three standard errors of a share of 5 %.
    expect(Math.max(more, fewer) / histories).toBeLessThan(0.083);
  });
});
