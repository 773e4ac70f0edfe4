// `npm run check`: everything that can be judged without running the product. Names as arguments run some of the steps.
import { availableParallelism } from 'node:os';
import { checkSteps, type Step } from '../check/steps.ts';
import { clearTally, failureText, summaryOf, writeTally, type Tally } from '../lib/tally.ts';

const wanted = process.argv.slice(2);
const steps = (await checkSteps()).filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
);
const waiting = [...steps];
const failures: string[] = [];

clearTally('check');
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
const tally: Tally = { passed: steps.length - failures.length, failed: failures.length, failures };
writeTally('check', tally);
console.log(`\n${summaryOf(tally)}`);
process.exitCode = tally.failed === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await judge(step);
}

async function judge({ name, run }: Step): Promise<void> {
  const started = performance.now();
  const problem = await run().catch((error: unknown) => String(error));
  if (problem !== '') failures.push(failureText(`check: ${name}`, problem));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${problem === '' ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)${problem === '' ? '' : `\n${problem.trimEnd()}\n`}`,
  );
}
