// Adds up the tallies of the named commands: what failed, and the last line of .ci/run. A command that left none counts as
// one failure.
import { addTallies, failureText, readTally, summaryOf, type Tally } from '../lib/tally.ts';

const none = (command: string): Tally => ({
  passed: 0,
  failed: 1,
  failures: [failureText(command, 'It left no counts: it did not come to its end.')],
});
const sum = addTallies(process.argv.slice(2).map((command) => readTally(command) ?? none(command)));
console.log(summaryOf(sum));
process.exitCode = sum.failed === 0 ? 0 : 1;
