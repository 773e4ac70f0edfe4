// `npm run golden -- DIR`: runs every golden file of statistics in a directory through the public functions of packages/stats. Prints one
// JSON object per case on stdout; deviations, missing fields and a summary go to stderr and set the exit code. --quiet leaves stderr empty.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compareCase, goldenFamilies, runGoldenCase, type GoldenFile } from '@org/stats/golden';
import { root } from '../lib/run.ts';

const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isQuiet = process.argv.includes('--quiet');
// npm runs scripts in the repository's folder; a relative directory is meant from where npm was called.
const folder = resolve(process.env['INIT_CWD'] ?? root, words[0] ?? join(root, 'packages/stats/golden'));
let failed = 0;
let passed = 0;

if (!existsSync(folder)) note(`${folder}: no such directory`);
for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
  if (name.endsWith('.json')) runFile(join(folder, name));
}
note(`${passed} cases as expected, ${failed} not`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function runFile(path: string): void {
  const file = JSON.parse(readFileSync(path, 'utf8')) as Partial<GoldenFile>;
  const { family, cases, rtol = {} } = file;
  if (family === undefined || !Array.isArray(cases)) return note(`${path}: not a golden file, left out`);
  if (!goldenFamilies.includes(family)) {
    failed += 1;
    return note(`${path}: unknown family ${family}`);
  }
  for (const one of file.cases ?? []) {
    const result = runGoldenCase(family, one);
    console.log(JSON.stringify({ family, id: one.id, result }));
    const deviations = one.expected === undefined ? [] : compareCase(one, rtol, result);
    if (deviations.length === 0) passed += 1;
    else failed += 1;
    for (const deviation of deviations) note(`${family} ${one.id} ${JSON.stringify(deviation)}`);
  }
}

function note(text: string): void {
  if (!isQuiet) console.error(text);
}
