// `npm run bench:fanout`: see tools/bench/fanout.ts.
import { runBench } from '../lib/bench.ts';

await runBench('fanout');
