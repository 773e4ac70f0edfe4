// A program with what it leaves out. Pure.
import type { Evolution } from '@org/contract/model';
import { closedBecause } from '../rollout/windows.ts';

const hourMs = 3_600_000;

/** A program's choices, every one of them. */
export interface EvolutionSettings {
  readonly candidates: number;
  /** Share of all units, 0 to 1. */
  readonly traffic: number;
  readonly alpha: number;
  readonly method: 'alpha-spending' | 'lord++';
  readonly effectMin: number;
  readonly delayMs: number;
  readonly shadowMs: number;
  readonly canaryMs: number;
  readonly canaryShare: number;
  readonly screeningMs: number;
  readonly confirmMsMin: number;
  readonly confirmMsMax: number;
  readonly confirmShare: number;
  readonly holdbackMs: number;
  readonly holdbackShare: number;
}

/** The settings of a program. */
export function settingsOf({ budget, objective, stages = {}, ...rest }: Evolution): EvolutionSettings {
  const traffic = budget.trafficPercentage / 100;
  const { shadow = {}, canary = {}, screening = {}, confirmation = {}, holdback = {} } = stages;
  const candidates = budget.candidates ?? 4;
  const holdbackShare = (holdback.percentage ?? 5) / 100;
  return {
    candidates,
    traffic,
    alpha: rest.alpha ?? 0.05,
    method: rest.errorControl === 'lord++' ? 'lord++' : 'alpha-spending',
    effectMin: objective.effectMin ?? 0.01,
    delayMs: (objective.delayHours ?? 0) * hourMs,
    shadowMs: (shadow.hours ?? 12) * hourMs,
    canaryMs: (canary.hours ?? 12) * hourMs,
    canaryShare: Math.min((canary.percentage ?? 1) / 100, traffic / candidates),
    screeningMs: (screening.hours ?? 72) * hourMs,
    confirmMsMin: (confirmation.hoursMin ?? 7 * 24) * hourMs,
    confirmMsMax: (confirmation.hoursMax ?? 28 * 24) * hourMs,
    // As many units stay with the live version; both have to fit beside the holdback.
    confirmShare: Math.min(traffic, (confirmation.percentage ?? 50) / 100, (1 - 2 * holdbackShare) / 2),
    holdbackMs: (holdback.hours ?? 14 * 24) * hourMs,
    holdbackShare,
  };
}

/** Whether trials may begin now. */
export function isOpen({ budget: { workingHours } }: Evolution, nowMs: number): boolean {
  if (workingHours === undefined) return true;
  const window = { target: { kind: 'flag', key: '' }, variant: '', strategy: 'linear' } as const;
  return closedBecause({ ...window, progressWindows: workingHours }, nowMs) === undefined;
}
