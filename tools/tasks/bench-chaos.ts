// `npm run bench:chaos`: see tools/bench/chaos.ts.
import { runBench } from '../lib/bench.ts';

await runBench('chaos');
