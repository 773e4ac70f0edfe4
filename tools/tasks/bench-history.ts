// `npm run bench:history`: see tools/bench/history.ts.
import { runBench } from '../lib/bench.ts';

await runBench('history');
