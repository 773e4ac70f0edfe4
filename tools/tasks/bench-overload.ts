// `npm run bench:overload`: see tools/bench/overload.ts.
import { runBench } from '../lib/bench.ts';

await runBench('overload');
