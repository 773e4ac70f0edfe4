// `npm run bench:size`: see tools/bench/size.ts.
import { runBench } from '../lib/bench.ts';

await runBench('size');
