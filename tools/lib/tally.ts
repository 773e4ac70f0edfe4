// Counts of passed and failed tests and checks, kept in .cache so that .ci/run can add up what several commands did.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.ts';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const folder = join(root, '.cache', 'tallies');

/** Forgets the tally of one command, so that a command that dies leaves none. */
export function clearTally(name: string): void {
  rmSync(join(folder, `${name}.json`), { force: true });
}

/** Keeps the tally of one command. */
export function writeTally(name: string, tally: Tally): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(tally));
}

/** The tally of one command, or undefined when it left none. */
export function readTally(name: string): Tally | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Tally;
  } catch {
    return undefined;
  }
}

/** The sum of several tallies. */
export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, one) => ({ passed: sum.passed + one.passed, failed: sum.failed + one.failed }),
    { passed: 0, failed: 0 },
  );
}

/** Reads the JSON reports of Vitest, one file a project. A project without a report, or that ended badly, counts as a failure. */
export function tallyReports(reports: string, projects: readonly string[]): Map<string, Tally> {
  const present = new Set(readdirSync(reports, { withFileTypes: true }).map((entry) => entry.name));
  return new Map(
    projects.map((project) => [
      project,
      present.has(`${project}.json`)
        ? tallyReport(readFileSync(join(reports, `${project}.json`), 'utf8'))
        : { passed: 0, failed: 1 },
    ]),
  );
}

interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

function tallyReport(text: string): Tally {
  const report = JSON.parse(text) as VitestReport;
  // A test that was narrowed away or skipped has not passed: the run says so instead of being silent.
  const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests;
  return { passed: report.numPassedTests, failed: failed === 0 && !report.success ? 1 : failed };
}
