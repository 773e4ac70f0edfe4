// `npm run test:polyglot`: every client of another language that has a toolchain here, with all users. Downloads their packages.
import { runTests } from '../lib/test-run.ts';

await runTests('test-long', ['test-polyglot']);
