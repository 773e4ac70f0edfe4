// `npm run bench:rollouts`: see tools/bench/rollouts.ts.
import { runBench } from '../lib/bench.ts';

await runBench('rollouts');
