// `npm run bench:events`: see tools/bench/events.ts.
import { runBench } from '../lib/bench.ts';

await runBench('events');
