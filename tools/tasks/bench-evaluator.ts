// `npm run bench:evaluator`: see tools/bench/evaluator.ts.
import { runBench } from '../lib/bench.ts';

await runBench('evaluator');
