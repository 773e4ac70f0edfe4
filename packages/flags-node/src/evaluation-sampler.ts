// Samples how long evaluations take: of each flag in use, one evaluation between two looks at the counts. All others cost what
// they cost without it.
import type { Outcome, ReportingEvaluator } from '@org/evaluator';
import type { Recorder } from '@org/events';
import { measuredFlagsMax } from './limits.ts';
import type { Platform } from './platform.ts';

type Visit = (outcome: Outcome, count: number) => void;

/** `drainCounts` of the evaluator, which also arms the next samples: of at most 100 flags, drawn at random. */
export const sampleEvaluations = (
  evaluator: Pick<ReportingEvaluator, 'drainCounts' | 'measureNext'>,
  platform: Pick<Platform, 'nowMs' | 'random'>,
  record: Recorder['timeEvaluation'],
): ((visit: Visit) => void) => {
  const nowMs = (): number => platform.nowMs();
  return (visit) => {
    const drawn: string[] = [];
    const seen = new Set<string>();
    evaluator.drainCounts((outcome, count) => {
      visit(outcome, count);
      const { flagKey } = outcome;
      if (seen.has(flagKey)) return;
      seen.add(flagKey);
      // Reservoir sampling: each flag has the same chance, and the list stays short.
      const at = drawn.length < measuredFlagsMax ? drawn.length : Math.floor(platform.random() * seen.size);
      if (at < measuredFlagsMax) drawn[at] = flagKey;
    });
    for (const flagKey of drawn) evaluator.measureNext(flagKey, nowMs, record);
  };
};
