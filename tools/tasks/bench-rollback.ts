// `npm run bench:rollback`: see tools/bench/rollback.ts.
import { runBench } from '../lib/bench.ts';

await runBench('rollback');
