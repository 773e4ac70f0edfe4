// What the engine counts, and the alarms of the guide: success below 70 %, a distribution off its weights by more than 15 %,
// more than 100 ms, more than 50 MB. Pure.
import type { OperatorType, Tier } from '../operators/move.ts';
import { tiers, type TierWeights } from './tiers.ts';

/** Counts of one program's proposals. */
export interface EngineStatistics {
  readonly attempts: number;
  readonly successes: number;
  readonly failures: number;
  /** Candidates that the pipeline turned down, whether another was found or not. */
  readonly rejected: number;
  readonly byTier: Readonly<Record<Tier, number>>;
  readonly byOperator: { readonly [operator in OperatorType]?: number };
  readonly totalMs: number;
  readonly slowestMs: number;
  /** Of the process, when it was last told. */
  readonly heapBytes: number | undefined;
}

export const noStatistics: EngineStatistics = {
  ...{ attempts: 0, successes: 0, failures: 0, rejected: 0 },
  byTier: { parametric: 0, structural: 0, relational: 0 },
  byOperator: {},
  ...{ totalMs: 0, slowestMs: 0, heapBytes: undefined },
};

/** An attempt's outcome. */
export interface AttemptOutcome {
  readonly tier: Tier;
  readonly operators: readonly OperatorType[];
  readonly isSuccess: boolean;
  readonly rejected: number;
  readonly tookMs: number;
}

/** The statistics with one more attempt. */
export function counted(past: EngineStatistics, outcome: AttemptOutcome): EngineStatistics {
  const { tier, operators, isSuccess, rejected, tookMs } = outcome;
  const byOperator: Record<string, number> = { ...past.byOperator };
  if (isSuccess) for (const operator of operators) byOperator[operator] = (byOperator[operator] ?? 0) + 1;
  return {
    attempts: past.attempts + 1,
    successes: past.successes + (isSuccess ? 1 : 0),
    failures: past.failures + (isSuccess ? 0 : 1),
    rejected: past.rejected + rejected,
    byTier: { ...past.byTier, [tier]: past.byTier[tier] + 1 },
    byOperator,
    totalMs: past.totalMs + tookMs,
    slowestMs: Math.max(past.slowestMs, tookMs),
    heapBytes: past.heapBytes,
  };
}

export interface EngineAlarm {
  readonly type: 'success_rate' | 'distribution' | 'time' | 'memory';
  readonly message: string;
}

const successMin = 0.7;
const deviationMax = 0.15;
const meanMsMax = 100;
const heapBytesMax = 50_000_000;
/** Fewer attempts say nothing about shares. */
const attemptsMin = 100;

/** What is wrong by the guide's bounds. `heapBytes` is what the engine holds, if anybody measured it. */
export function alarmsOf(statistics: EngineStatistics, shares: TierWeights): readonly EngineAlarm[] {
  const { attempts, successes, byTier, totalMs, heapBytes } = statistics;
  const alarms: EngineAlarm[] = [];
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  if (attempts >= attemptsMin && successes / attempts < successMin)
    alarms.push({
      type: 'success_rate',
      message: `${percent(successes / attempts)} of the attempts succeed; less than ${percent(successMin)}.`,
    });
  for (const tier of tiers) {
    const share = byTier[tier] / Math.max(1, attempts);
    if (attempts >= attemptsMin && Math.abs(share - shares[tier]) > deviationMax)
      alarms.push({
        type: 'distribution',
        message: `${percent(share)} of the attempts are ${tier}, where ${percent(shares[tier])} should be.`,
      });
  }
  if (attempts > 0 && totalMs / attempts > meanMsMax)
    alarms.push({
      type: 'time',
      message: `An attempt takes ${(totalMs / attempts).toFixed(1)} ms on average.`,
    });
  if (heapBytes !== undefined && heapBytes > heapBytesMax)
    alarms.push({ type: 'memory', message: `${(heapBytes / 1e6).toFixed(1)} MB are held.` });
  return alarms;
}
