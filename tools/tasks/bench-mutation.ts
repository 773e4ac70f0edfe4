// `npm run bench:mutation`: see tools/bench/mutation.ts.
import { runBench } from '../lib/bench.ts';

await runBench('mutation');
