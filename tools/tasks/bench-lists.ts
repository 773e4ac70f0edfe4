// `npm run bench:lists`: see tools/bench/lists.ts.
import { runBench } from '../lib/bench.ts';

await runBench('lists');
