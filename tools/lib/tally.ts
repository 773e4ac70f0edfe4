// Counts of passed and failed tests and checks, and what failed, kept in .cache so that .ci/run can add up at its end what
// several commands did.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.ts';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Name and message of what failed, for the end of the output: a log that was cut still shows it. */
  readonly failures: readonly string[];
}

/** What is shown of one message. */
const messageCharsMax = 2_000;

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
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      failures: [...sum.failures, ...one.failures],
    }),
    { passed: 0, failed: 0, failures: [] },
  );
}

/** A failure as a text of its own: its name, and the beginning of its message indented below. */
export function failureText(name: string, message: string): string {
  const lines = message.trim().slice(0, messageCharsMax).split('\n');
  return [`FAILED ${name}`, ...lines.map((line) => `    ${line}`)].join('\n').trimEnd();
}

/** What failed, one below the other, and the counts as the last line. */
export function summaryOf({ passed, failed, failures }: Tally): string {
  return [...failures, `${passed} passed, ${failed} failed`].join('\n');
}

/** Reads the JSON reports of Vitest, one file a project. A project without a report, or that ended badly, counts as a failure. */
export function tallyReports(reports: string, projects: readonly string[]): Map<string, Tally> {
  const present = new Set(readdirSync(reports, { withFileTypes: true }).map((entry) => entry.name));
  return new Map(
    projects.map((project) => [
      project,
      present.has(`${project}.json`)
        ? tallyReport(project, readFileSync(join(reports, `${project}.json`), 'utf8'))
        : { passed: 0, failed: 1, failures: [failureText(project, 'The run left no report.')] },
    ]),
  );
}

/** The part of Vitest's JSON report that is read here. */
interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Of the file itself: what a hook or an import threw. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

function tallyReport(project: string, text: string): Tally {
  const report = JSON.parse(text) as VitestReport;
  // A test that was narrowed away or skipped has not passed: the run says so instead of being silent.
  const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests;
  const failures = failuresOf(project, report);
  if (failed > 0 || report.success) return { passed: report.numPassedTests, failed, failures };
  const unknown = failureText(project, 'It ended badly beside its tests; its own output above says how.');
  return {
    passed: report.numPassedTests,
    failed: 1,
    failures: failures.length > 0 ? failures : [unknown],
  };
}

function failuresOf(project: string, { testResults }: VitestReport): readonly string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = `${project} ${name.slice(name.lastIndexOf('/') + 1)}`;
    const tests = assertionResults
      .filter((test) => test.status !== 'passed')
      .map((test) =>
        failureText(`${file} > ${test.fullName.trim()}`, test.failureMessages?.join('\n') || test.status),
      );
    const isBroken = status === 'failed' && message !== '';
    return isBroken ? [failureText(file, message), ...tests] : tests;
  });
}
