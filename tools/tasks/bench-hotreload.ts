// `npm run bench:hotreload`: see tools/bench/hotreload.ts.
import { runBench } from '../lib/bench.ts';

await runBench('hotreload');
