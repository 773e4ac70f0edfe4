// `npm test`: every project's tests, the real processes of test/ included. `npm test -- evaluator core` runs some.
import { runTests } from '../lib/test-run.ts';

await runTests('test', process.argv.slice(2));
