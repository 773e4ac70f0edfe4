// `npm run test:long`: all tests with their large samples (FLAGS_TEST_LONG=1) and the `*.long.test.ts` files. Takes hours.
import { runTests } from '../lib/test-run.ts';

await runTests('test-long', process.argv.slice(2));
