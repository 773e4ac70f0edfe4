import { expect, it } from 'vitest';
import { limits as contract } from '@org/contract/limits';
import { overlayBuckets } from '@org/contract/model';
import { configLimits } from './config/limits.ts';
import { limits } from './limits.ts';

it('agree with the contract where it names the same', () => {
  const shared = Object.entries(limits).filter(([name]) => name in contract);
  expect(shared.length).toBeGreaterThanOrEqual(5);
  for (const [name, value] of shared) expect(contract[name as keyof typeof contract], name).toBe(value);
  expect(limits.overlayBuckets).toBe(overlayBuckets);
});

it('of configs agree, too', () => {
  const { parametersMax, depthMax, inheritanceMax, rulesMax, formulaNodesMax, expressionDepthMax } =
    configLimits;
  expect([parametersMax, depthMax, inheritanceMax, rulesMax, formulaNodesMax, expressionDepthMax]).toEqual([
    ...[contract.configParametersMax, contract.configDepthMax, contract.configInheritanceMax],
    ...[contract.configRulesMax, contract.formulaNodesMax, contract.expressionDepthMax],
  ]);
});
