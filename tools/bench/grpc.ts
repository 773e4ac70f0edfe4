// `npm run bench:grpc`: unary evaluations a second by ghz, against the core (keys checked), a bare grpc-js server and
// flagd, in turns; and evaluations over one stream. `--json` prints one object a line. `--seconds 8` is the length of a run.
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run } from '@org/tools/lib/run';
import { findFlagd, resolveGhz } from '@org/tools/services/ghz';
import { startCoreServer, startEchoServer, startFlagdServer, type BenchServer } from './grpc/servers.ts';
import { cpuTimeUs } from './grpc/cpu-time.ts';
import { load, runGhz, type GhzSubject, type Measured } from './grpc/ghz.ts';
import { benchmarkContext, benchmarkFlag } from './grpc/subjects.ts';

const rounds = 5;
const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '8' } },
});
const seconds = Number(values.seconds);

const ghz = await resolveGhz();
const flagdBinary = await findFlagd();
const servers: BenchServer[] = [];
try {
  const core = await started(startCoreServer());
  const echo = await started(startEchoServer());
  const flagd = flagdBinary === undefined ? undefined : await started(startFlagdServer(flagdBinary));
  const subjects = [ours('core', core), ours('grpc-js echo', echo), ...(flagd ? [flagdSubject(flagd)] : [])];
  const unary = await inTurns(subjects);
  for (const [subject, measured] of unary) print(subject, median(measured));
  if (flagd === undefined) printMissing();
  print('core stream', median(await streamRuns(core)));
  if (!values.json) compare(unary);
} finally {
  for (const server of servers.reverse()) await server.stop();
}

async function started(starting: Promise<BenchServer>): Promise<BenchServer> {
  const server = await starting;
  servers.push(server);
  return server;
}

function ours(subject: string, { address, key, pid }: BenchServer): GhzSubject {
  return {
    subject,
    pid,
    address,
    importPath: join(root, 'proto'),
    proto: 'flags/v1/flag_service.proto',
    call: 'flags.v1.FlagService.Evaluate',
    data: { flag_key: benchmarkFlag, context: benchmarkContext },
    metadata: { authorization: `Bearer ${key}` },
  };
}

function flagdSubject({ address, pid }: BenchServer): GhzSubject {
  return {
    subject: 'flagd',
    pid,
    address,
    importPath: join(root, 'tools/bench/grpc'),
    proto: 'flagd.proto',
    call: 'flagd.evaluation.v1.Service.ResolveBoolean',
    data: { flag_key: benchmarkFlag, context: benchmarkContext },
  };
}

/** Alternates the subjects, so that what else the machine does meets all of them; a short first round is not counted. */
async function inTurns(subjects: readonly GhzSubject[]): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const measured = new Map<string, Measured[]>(subjects.map(({ subject }) => [subject, []]));
  for (const subject of subjects) await runGhz(ghz, subject, 2);
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) measured.get(subject.subject)!.push(await runGhz(ghz, subject, seconds));
  }
  return measured;
}

async function streamRuns({ address, key, pid }: BenchServer): Promise<readonly Measured[]> {
  const runs: Measured[] = [];
  const client = join(root, 'tools/bench/grpc/stream-client.ts');
  for (let round = 0; round < rounds; round += 1) {
    const args = ['--conditions=@org/source', client, address, String(seconds)];
    const beforeUs = cpuTimeUs(pid);
    const { code, output } = await run(process.execPath, args, { env: { BENCH_KEY: key } });
    const afterUs = cpuTimeUs(pid);
    if (code !== 0) throw new Error(`the stream client failed:\n${output}`);
    const { answeredInAll, ...measured } = JSON.parse(output) as Measured & {
      readonly answeredInAll: number;
    };
    const cpuUs =
      beforeUs === undefined || afterUs === undefined ? undefined : (afterUs - beforeUs) / answeredInAll;
    runs.push({ ...measured, cpuUs });
  }
  return runs;
}

/** The run in the middle by its rate, with the CPU time in the middle by itself. */
function median(runs: readonly Measured[]): Measured {
  const middle = Math.floor(runs.length / 2);
  const cpuUs = runs.map((each) => each.cpuUs ?? Number.NaN).sort((left, right) => left - right)[middle]!;
  const byRate = [...runs].sort((left, right) => left.rps - right.rps)[middle]!;
  return { ...byRate, cpuUs: Number.isNaN(cpuUs) ? undefined : cpuUs };
}

function print(subject: string, { rps, p50Ms, p99Ms, cpuUs }: Measured): void {
  const line = { bench: 'grpc', subject, rps: Math.round(rps), p50Ms: rounded(p50Ms), p99Ms: rounded(p99Ms) };
  const cpu = cpuUs === undefined ? {} : { cpuUs: rounded(cpuUs) };
  const text = `${subject.padEnd(14)} ${String(line.rps).padStart(8)}/s  p50 ${line.p50Ms} ms  p99 ${line.p99Ms} ms`;
  if (values.json) console.log(JSON.stringify({ ...line, ...cpu }));
  else console.log(cpuUs === undefined ? text : `${text}  server CPU ${rounded(cpuUs)} us a call`);
}

/** A comparison that was not made says so where its figures would stand. */
function printMissing(): void {
  const missing = 'not measured: no flagd on PATH, and its Go module cannot be built here (see stderr)';
  if (values.json) console.log(JSON.stringify({ bench: 'grpc', subject: 'flagd', missing }));
  else console.log(`${'flagd'.padEnd(14)} ${missing}`);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function compare(unary: ReadonlyMap<string, readonly Measured[]>): void {
  const rate = (subject: string): number => median(unary.get(subject)!).rps;
  console.log(`core / echo: ${(rate('core') / rate('grpc-js echo')).toFixed(2)} (goal 0.85)`);
  if (unary.has('flagd')) console.log(`core / flagd: ${(rate('core') / rate('flagd')).toFixed(2)}`);
  console.log(
    `${cpus().length} cores, ${load.concurrency} calls in flight over ${load.connections} connections, ${rounds} runs of ${seconds} s, medians`,
  );
}
