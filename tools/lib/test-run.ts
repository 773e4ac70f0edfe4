// Runs the tests of all projects through Nx and adds up what Vitest reported. Used by the tasks test and test:long.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, runTool } from './run.ts';
import { addTallies, clearTally, failureText, summaryOf, tallyReports, writeTally } from './tally.ts';

const reports = join(root, '.cache', 'test-results');
const nxFailed = failureText(
  'Nx',
  'It ended with an error although all tests passed; its output above says why.',
);

/**
 * Runs one test target for the named projects, all of them when none is named. Every run is a real one: nothing comes
 * out of Nx's cache. Prints a table, what failed and a total, and sets the exit code.
 */
export async function runTests(target: 'test' | 'test-long', names: readonly string[]): Promise<void> {
  clearTally(target);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const projects = names.length > 0 ? names : await projectsWith(target);
  const args = ['run-many', '-t', target, '-p', projects.join(','), '--skipNxCache', '--outputStyle=static'];
  const { code } = await runTool('nx/dist/bin/nx.js', args, { show: true });
  const tallies = tallyReports(reports, projects);
  for (const [project, { passed, failed }] of tallies) {
    console.log(
      `${project.padEnd(20)} ${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed`,
    );
  }
  const sum = addTallies([...tallies.values()]);
  const total = code !== 0 && sum.failed === 0 ? { ...sum, failed: 1, failures: [nxFailed] } : sum;
  writeTally(target, total);
  console.log(`\n${summaryOf(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

async function projectsWith(target: string): Promise<readonly string[]> {
  const nx = join(root, 'node_modules', 'nx/dist/bin/nx.js');
  const { code, output } = await run(process.execPath, [nx, 'show', 'projects', '--withTarget', target]);
  if (code !== 0) throw new Error(output);
  return output.split('\n').filter((line) => line !== '');
}
