// Collects what the plan of an experiment looks at: all units, or at planned looks the units exposed first.
import type { Gather } from '../../share/gather.ts';
import { lookOf } from '../analysis/plan.ts';
import { collect } from './collect.ts';
import type { Collected, CollectRequest } from './request.ts';

/** Units exposed after a look change nothing of it. */
export async function collectForPlan(gather: Gather, request: CollectRequest): Promise<Collected> {
  const collected = await collect(gather, request);
  const { plan } = request.experiment;
  if (plan.method !== 'fixed' && plan.method !== 'group_sequential') return collected;
  const looks = plan.method === 'fixed' ? 1 : plan.looks;
  const units = (collected.groups[0]?.arms ?? []).reduce((sum, arm) => sum + arm.units, 0);
  const look = lookOf({ looks, maxUnits: plan.maxUnits }, units);
  const unitsMax = Math.ceil((look * plan.maxUnits) / looks);
  return look === 0 || units <= unitsMax ? collected : collect(gather, { ...request, unitsMax });
}
