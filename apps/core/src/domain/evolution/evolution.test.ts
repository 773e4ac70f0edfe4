// Evolution programs on the commit path: what they name must be there, and only the server writes how they stand.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config, Evolution } from '@org/contract/model';
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
});
