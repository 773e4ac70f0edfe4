// The experiment with exposures on: the evaluator and the recorder of @org/flags-node's client, wired as there. Every unit
// has been seen before it is measured.
import { createEvaluator } from '@org/evaluator';
import { createRecorder } from '@org/events';
import { benchFlag, benchId, benchUser } from './cases.ts';
import { flagDocument } from './documents.ts';
import type { Loop, Run } from './measure.ts';
import { sink } from './subject.ts';

/** Few enough that no two share a slot of the filter, which would make both new again and again. */
const unitsCount = 64;

/** The loop, and how many exposures were recorded so far. */
export function exposedLoop(): { readonly loop: Loop; readonly exposures: () => number } {
  const flag = benchFlag('experiment');
  const evaluator = createEvaluator({
    onExposure: (outcome, context, unitHash) => recorder.expose(outcome, context, unitHash),
  });
  const recorder = createRecorder({
    wallMs: () => 0,
    drainCounts: (visit) => evaluator.drainCounts(visit),
    revision: () => evaluator.revision,
  });
  evaluator.load([{ kind: 'flag', key: flag.key, revision: 1, document: flagDocument(flag) }], 1);
  const handle = evaluator.string(flag.key, 'none');
  const contexts = Array.from({ length: unitsCount }, (_, index) => benchUser(benchId(index)));
  let next = 0;
  const run: Run = (count) => {
    for (let i = 0; i < count; i++) {
      sink.last = handle.get(contexts[next]!);
      if (++next === contexts.length) next = 0;
    }
  };
  return { loop: { run }, exposures: () => recorder.queue.size };
}
