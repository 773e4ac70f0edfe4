// Evolution programs on the commit path: what they name must be there, and only the server writes how they stand.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createEvolutionStore,
  holdbackOverlay,
  stepEvolution,
  type EvolutionObservations,
} from '@org/automation';
import type { Config, Evolution } from '@org/contract/model';
import { effectiveConfig } from '@org/evaluator/config';
import {
  commitOf,
  faultOf,
  put,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

let core: TestInstallation;
beforeAll(async () => {
  core = await startInstallation();
  await commit([put('config', 'shop', config)]);
});
afterAll(() => core.close());

const config: Config = {
  schema: { price: { type: 'number', default: 1, min: 0, max: 2, evolve: {} } },
};
const program: Evolution = {
  config: 'shop',
  objective: { metric: 'purchase' },
  budget: { trafficPercentage: 20 },
  seed: 1,
};

const commit = async (changes: Parameters<typeof commitOf>[0]) =>
  valueOf(await core.application.admin.commit(core.grant, commitOf(changes)));
const refused = async (changes: Parameters<typeof commitOf>[0]) => {
  const fault = faultOf(await core.application.admin.commit(core.grant, commitOf(changes)));
  return (fault.violations ?? []).map(({ field, rule }) => `${field} ${rule}`);
};

describe('evolution programs', () => {
  it('are refused with the path of everything that is not there', async () => {
    const unknown = { ...program, config: 'nowhere' };
    expect(await refused([put('evolution', 'price', unknown)])).toEqual([
      'changes[0].document.config unknown_config',
      'changes[0].document.objective.metric unknown_metric',
    ]);
    expect(await refused([put('evolution', 'price', { ...program, genes: ['size'] })])).toContain(
      'changes[0].document.genes[0] unknown_gene',
    );
  });

  it('are refused with a life that somebody wrote', async () => {
    const life = { state: 'running' };
    expect(await refused([put('evolution', 'price', { ...program, life })])).toContain(
      'changes[0].document.life server_state',
    );
  });

  it('have overlays that the commit path takes, in every phase, beside a holdback', async () => {
    const store = createEvolutionStore(program, config);
    const effective = effectiveConfig('shop', () => ({ document: config, revision: 1 }));
    if ('problem' in effective) throw new Error(effective.problem);
    const none = { number: 0, arms: {} };
    const observations: EvolutionObservations = {
      ...{ config: { document: config, effective, revision: 1 }, refusals: [], objective: none },
      ...{
        holdback: none,
        errors: none,
        guardrails: {},
        alarms: {},
        refusedBySimulation: {},
        isStopped: false,
      },
    };
    const back = { number: 9, candidate: 'x', since: '', share: 0.05, back: { values: { price: 1.5 } } };
    const held = holdbackOverlay('shop', program, { ...back, configRevision: 1, effectBefore: 0 });
    await commit([put('overlay', 'evolution:shop:holdback', held)]);
    let nowMs = Date.UTC(2026, 2, 2);
    const phases: unknown[] = [];
    for (const hours of [0, 12, 12]) {
      nowMs += hours * 3_600_000;
      const { document, revision } = store.program;
      const subject = { key: 'shop', revision, changedAtMs: nowMs, spec: document };
      for (const step of stepEvolution(subject, observations, nowMs).commits) store.commit(step);
      const overlay = store.overlays.get('evolution:shop');
      await commit([put('overlay', 'evolution:shop', overlay as object)]);
      phases.push(store.program.document.life?.trial?.phase);
    }
    expect(phases).toEqual(['shadow', 'canary', 'screening']);
  });
});
