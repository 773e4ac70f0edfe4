// Adds up the tallies of the named commands: the last line of .ci/run. A command that left none counts as one failure.
import { addTallies, readTally } from '../lib/tally.ts';

const sum = addTallies(process.argv.slice(2).map((name) => readTally(name) ?? { passed: 0, failed: 1 }));
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
