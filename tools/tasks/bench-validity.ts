// `npm run bench:validity`: see tools/bench/validity.ts.
import { runBench } from '../lib/bench.ts';

await runBench('validity');
