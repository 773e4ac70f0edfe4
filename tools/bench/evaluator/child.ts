// Measures one subject in one case, in this process, and prints the row as JSON. Started by ../evaluator.ts.
import { benchFlag, benchId, benchUser, mixedFlags, type BenchFlag, type CaseName } from './cases.ts';
import { measureCompile } from './compile-case.ts';
import { exposedLoop } from './exposed-case.ts';
import { measure, type Loop, type Measurement } from './measure.ts';
import { millionLoop } from './million-case.ts';
import { mixedLoop, singleLoop, type Subject } from './subject.ts';
import { loadSubject, type SubjectName } from './subjects.ts';
import { verify } from './verify.ts';

const [subjectName, caseName] = process.argv.slice(2) as [SubjectName, CaseName];
const row = await measureCase();
console.log(JSON.stringify({ bench: 'evaluator', case: caseName, subject: subjectName, ...row }));
// Subjects may keep timers; the measurement is over.
process.exit(0);

async function measureCase(): Promise<Measurement> {
  if (caseName === 'compile-50000-flags') return measureCompile();
  if (caseName === 'exposed') return measure(exposedLoop().loop);
  if (caseName === 'million-members') return measure(millionLoop().loop);
  const isMixed = caseName === 'mixed';
  const flags = isMixed ? mixedFlags() : [benchFlag(caseName)];
  const subject = await (await loadSubject(subjectName))(flags);
  if (subjectName !== 'murmur3') for (const flag of flags.slice(0, 20)) await verify(subject, flag);
  return measure(isMixed ? mixed(subject, flags) : single(subject, flags[0]!));
}

function single(subject: Subject, flag: BenchFlag): Loop {
  const usersCount = flag.weights.length > 0 || subjectName === 'murmur3' ? 10_000 : 64;
  const users = Array.from({ length: usersCount }, (_, index) => benchUser(benchId(index)));
  return singleLoop(subject, flag, users);
}

function mixed(subject: Subject, flags: readonly BenchFlag[]): Loop {
  const users = Array.from({ length: 8 }, (_, shape) => benchUser(benchId(shape), shape));
  const ids = Array.from({ length: 1_000_000 }, (_, index) => benchId(index));
  return mixedLoop(subject, flags, users, ids);
}
