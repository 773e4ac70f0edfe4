// `npm run bench:evaluator`: nanoseconds and bytes per evaluation, ours beside the peers', offline. Every subject and case
// in a process of its own, rounds interleaved, medians. With --json one object per line.
// Options: --rounds=5 --cases=static,mixed --subjects=flags-node
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { caseNames, ownCases, type CaseName } from './evaluator/cases.ts';
import { median } from './evaluator/measure.ts';
import { subjectNames, type SubjectName } from './evaluator/subjects.ts';

interface Row {
  readonly bench: 'evaluator';
  readonly case: CaseName;
  readonly subject: SubjectName;
  readonly nsPerOp: number;
  readonly bytesPerOp: number;
}

const child = fileURLToPath(new URL('./evaluator/child.ts', import.meta.url));
const isJson = process.argv.includes('--json');
const pairs = choose('cases', caseNames).flatMap((name) =>
  choose('subjects', subjectNames)
    .filter((subject) => measures(subject, name))
    .map((subject) => ({ name, subject })),
);
const rows = new Map(pairs.map((pair) => [pair, [] as Row[]]));
for (let round = 0; round < Number(option('rounds') ?? 5); round++) {
  for (const [pair, found] of rows) found.push(runChild(pair.subject, pair.name));
}
const medians = [...rows.values()].map(medianRow);
if (isJson) for (const row of medians) console.log(JSON.stringify(row));
else printTable(medians);

function option(name: string): string | undefined {
  const prefix = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
}

function choose<T extends string>(name: string, all: readonly T[]): readonly T[] {
  const wanted = option(name)?.split(',');
  return wanted === undefined ? all : all.filter((entry) => wanted.includes(entry));
}

/** The bare hash has one case. */
function measures(subject: SubjectName, name: CaseName): boolean {
  if (subject === 'murmur3') return name === 'percentage';
  return subject === 'flags-node' || !ownCases.some((own) => own === name);
}

function runChild(subject: SubjectName, name: CaseName): Row {
  // A young generation of known size, so that bytes can be counted between collections.
  const flags = [
    '--conditions=@org/source',
    '--expose-gc',
    '--max-semi-space-size=16',
    '--min-semi-space-size=16',
  ];
  const output = execFileSync(process.execPath, [...flags, child, subject, name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output.trim().split('\n').at(-1)!) as Row;
}

function medianRow(found: readonly Row[]): Row {
  const middle = (field: 'nsPerOp' | 'bytesPerOp') =>
    Math.round(median(found.map((row) => row[field])) * 100) / 100;
  const byTime = [...found].sort((a, b) => a.nsPerOp - b.nsPerOp)[Math.floor(found.length / 2)]!;
  return { ...byTime, nsPerOp: middle('nsPerOp'), bytesPerOp: middle('bytesPerOp') };
}

function printTable(found: readonly Row[]): void {
  for (const name of caseNames) {
    const ofCase = found.filter((row) => row.case === name).sort((a, b) => a.nsPerOp - b.nsPerOp);
    if (ofCase.length === 0) continue;
    console.log(`\n${name}`);
    const ours = ofCase.find((row) => row.subject === 'flags-node')?.nsPerOp ?? Number.NaN;
    for (const { subject, nsPerOp, bytesPerOp } of ofCase) {
      const times = `${(nsPerOp / ours).toFixed(1)}x`;
      console.log(
        `  ${subject.padEnd(32)} ${nsPerOp.toFixed(1).padStart(12)} ns ${bytesPerOp.toFixed(0).padStart(10)} B ${times.padStart(8)}`,
      );
    }
  }
}
