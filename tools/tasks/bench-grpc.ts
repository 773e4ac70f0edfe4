// `npm run bench:grpc`: see tools/bench/grpc.ts.
import { runBench } from '../lib/bench.ts';

await runBench('grpc');
