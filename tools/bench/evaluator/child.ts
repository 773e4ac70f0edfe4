// Measures one subject in one case, in this process, and prints the row as JSON. Started by ../evaluator.ts.
import { benchFlag, benchId, benchUser, mixedFlags, singleCases, type BenchFlag, type CaseName } from './cases.ts';
import { measureCompile } from './compile-case.ts';
import { measure, type Loop, type Measurement } from './measure.ts';
import { mixedLoop, singleLoop, type Subject } from './subject.ts';
import { loadSubject, type SubjectName } from './subjects.ts';

const [subjectName, caseName] = process.argv.slice(2) as [SubjectName, CaseName];
const row = caseName === 'compile-50000-flags' ? measureCompile() : await measureCase();
console.log(JSON.stringify({ bench: 'evaluator', case: caseName, subject: subjectName, ...row }));
// Subjects may keep timers; the measurement is over.
process.exit(0);

async function measureCase(): Promise<Measurement> {
  if (caseName === 'exposed') return measure((await import('./exposed-case.ts')).exposedLoop());
  const isMixed = caseName === 'mixed';
  const flags = isMixed ? mixedFlags() : singleCases.filter((kind) => kind === caseName).map((kind) => benchFlag(kind));
  const subject = await (await loadSubject(subjectName))(flags);
  if (subjectName !== 'murmur3') await verify(subject, flags);
  return measure(isMixed ? mixed(subject, flags) : single(subject, flags[0]!));
}

function single(subject: Subject, flag: BenchFlag): Loop {
  const usersCount = flag.weights.length > 0 || subjectName === 'murmur3' ? 10_000 : 64;
  return singleLoop(subject, flag, Array.from({ length: usersCount }, (_, index) => benchUser(benchId(index))));
}

function mixed(subject: Subject, flags: readonly BenchFlag[]): Loop {
  const users = Array.from({ length: 8 }, (_, shape) => benchUser(benchId(shape), shape));
  return mixedLoop(subject, flags, users, Array.from({ length: 1_000_000 }, (_, index) => benchId(index)));
}

/** A subject that answers something else is not measured: its numbers would mean nothing. */
async function verify({ target, context, call }: Subject, flags: readonly BenchFlag[]): Promise<void> {
  const flag = flags.find(({ kind }) => kind === 'percentage' || kind === 'experiment') ?? flags[0]!;
  for (const checked of new Set([flag, ...flags.slice(0, 20)])) {
    const counts = new Map<unknown, number>();
    for (let i = 0; i < 1000; i++) {
      const value = await call(target(checked), context(benchUser(benchId(i))));
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const expected = expectedShares(checked);
    for (const [value, share] of expected) {
      if (Math.abs((counts.get(value) ?? 0) - share * 1000) > 80) {
        throw new Error(`${subjectName} answers ${checked.key} with ${JSON.stringify([...counts])}.`);
      }
    }
  }
}

function expectedShares({ kind }: BenchFlag): readonly (readonly [unknown, number])[] {
  if (kind === 'percentage') return [[true, 0.5], [false, 0.5]];
  if (kind === 'experiment') return [['a', 0.34], ['b', 0.33], ['c', 0.33]];
  return [[true, 1]];
}
