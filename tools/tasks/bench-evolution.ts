// `npm run bench:evolution`: see tools/bench/evolution.ts.
import { runBench } from '../lib/bench.ts';

await runBench('evolution');
