// The end of a run's output: it must name what failed, because a log that is kept may hold nothing else.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addTallies, summaryOf, tallyReports } from './tally.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flags-tally-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const passed = { fullName: ' passes', status: 'passed', failureMessages: [] };
const failed = { fullName: 'given x it fails', status: 'failed', failureMessages: ['expected 1\nto be 2'] };

function report(project: string, counts: object, testResults: readonly object[]): void {
  const all = { success: false, numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  writeFileSync(join(folder, `${project}.json`), JSON.stringify({ ...all, ...counts, testResults }));
}

const summary = (...projects: string[]): string =>
  summaryOf(addTallies([...tallyReports(folder, projects).values()]));

it('names each failing test with its message, and the counts last', () => {
  report('a', { numPassedTests: 1, numFailedTests: 1 }, [
    { name: '/x/a.test.ts', status: 'failed', message: '', assertionResults: [passed, failed] },
  ]);
  report('b', { success: true, numPassedTests: 2 }, []);
  expect(summary('a', 'b').split('\n')).toEqual([
    'FAILED a a.test.ts > given x it fails',
    '    expected 1',
    '    to be 2',
    '3 passed, 1 failed',
  ]);
});

it('counts and names tests that did not run, and what a hook threw', () => {
  const skipped = { ...failed, status: 'skipped', failureMessages: null };
  report('a', { numPendingTests: 1 }, [
    { name: '/x/a.test.ts', status: 'failed', message: 'no port', assertionResults: [skipped] },
  ]);
  expect(summary('a').split('\n')).toEqual([
    'FAILED a a.test.ts',
    '    no port',
    'FAILED a a.test.ts > given x it fails',
    '    skipped',
    '0 passed, 1 failed',
  ]);
});

it('counts a project as failed that left no report or ended badly beside its tests', () => {
  report('a', { numPassedTests: 5 }, []);
  expect(summary('a', 'gone')).toContain('FAILED a\n');
  expect(summary('a', 'gone')).toContain('FAILED gone\n');
  expect(summary('a', 'gone')).toMatch(/5 passed, 2 failed$/);
});

it('cuts long messages', () => {
  const long = { ...failed, failureMessages: ['x'.repeat(100_000)] };
  report('a', { numFailedTests: 1 }, [
    { name: 'a.test.ts', status: 'failed', message: '', assertionResults: [long] },
  ]);
  expect(summary('a').length).toBeLessThan(2_500);
});
