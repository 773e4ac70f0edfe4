// `npm run bench:overload`: what a core still gets done when it is offered ten times what it can do (R22), whether it sheds
// the rest with RESOURCE_EXHAUSTED, and whether Kill and health are answered meanwhile. Calls are EvaluateAll of some flags
// that are as costly as flags may be, by ghz, done when they are answered within 2 s. `--json` prints one object a line; `--seconds 10` is the length of a run, `--factor 10` the overload.
import { parseArgs } from 'node:util';
import { call, createEnvironment } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import { resolveGhz } from '@org/tools/services/ghz';
import { startProbes } from './overload/probes.ts';
import { runLoad, type Load } from './overload/load.ts';

const flags = 300;
/** As many as fit a request. */
const flagsPerCommit = 10;
const conditionsPerFlag = 800;
/** Of the peak, under overload. */
const goal = 0.8;
const warmUpSeconds = 5;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '10' },
    factor: { type: 'string', default: '10' },
  },
});
const seconds = Number(values.seconds);
const ghz = await resolveGhz();
const core = await startCore();
try {
  const environment = await createEnvironment(core.httpUrl);
  for (let from = 0; from < flags; from += flagsPerCommit) await fill(environment.reference, from);
  const target = {
    ghz,
    address: core.grpcUrl.replace('http://', ''),
    key: environment.sdkKey,
    pid: core.pid,
  };
  await runLoad(target, { seconds: warmUpSeconds });
  const before = await runLoad(target, { seconds });
  const offeredRps = Math.round(before.okRps * Number(values.factor));
  const probes = startProbes(core.httpUrl, environment.reference, 'flag-0');
  const overload = await runLoad(target, { seconds, rps: offeredRps });
  const probed = await probes.stop();
  const after = await runLoad(target, { seconds });
  print([before, after], offeredRps, overload, probed);
} finally {
  await core.close();
}

function fill(environment: string, from: number): Promise<unknown> {
  const keys = Array.from({ length: flagsPerCommit }, (_, index) => `flag-${String(from + index)}`);
  return call(core.httpUrl, 'AdminService/Commit', {
    environment,
    changes: keys.map((key) => ({ kind: 'flag', key, document: costlyFlag() })),
    reason: 'fill',
  });
}

/** Its conditions are all asked, and none holds. */
function costlyFlag(): unknown {
  const of = Array.from({ length: conditionsPerFlag }, (_, index) => ({
    op: 'ends_with',
    attribute: 'targetingKey',
    values: [`-${String(index)}-nobody`],
  }));
  return {
    type: 'boolean',
    enabled: true,
    variants: { on: true, off: false },
    offVariant: 'off',
    rules: [{ id: 'nobody', when: { op: 'or', of }, serve: { variant: 'on' } }],
    default: { variant: 'off' },
  };
}

function print(
  peaks: readonly Load[],
  offeredRps: number,
  { okRps, okPerCpuSecond, shed, other, okP99Ms }: Load,
  probed: Awaited<ReturnType<ReturnType<typeof startProbes>['stop']>>,
): void {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const peakRps = mean(peaks.map((peak) => peak.okRps));
  const share = (value: number): number => Math.round(value * 100) / 100;
  const line = {
    bench: 'overload',
    peakRps: Math.round(peakRps),
    offeredRps,
    goodputRps: Math.round(okRps),
    goodput: share(okRps / peakRps),
    goodputPerCpu: share(okPerCpuSecond / mean(peaks.map((peak) => peak.okPerCpuSecond))),
    goal,
    shed,
    other,
    okP99Ms: Math.round(okP99Ms),
    ...probed,
  };
  // By CPU time where the rates depend on what else the machine does.
  const reached = Math.max(line.goodput, line.goodputPerCpu || 0);
  if (reached < goal || probed.killsRefused + probed.healthRefused > 0) process.exitCode = 1;
  console.log(values.json ? JSON.stringify(line) : textOf(line, probed));
}

function textOf(
  line: Readonly<
    Record<'peakRps' | 'offeredRps' | 'goodputRps' | 'goodput' | 'goodputPerCpu' | 'shed', number>
  >,
  probed: object,
): string {
  return [
    `peak ${line.peakRps}/s; offered ${line.offeredRps}/s, done ${line.goodputRps}/s: ${line.goodput} of the peak,`,
    `by CPU time ${line.goodputPerCpu} (goal ${goal}); shed ${line.shed} with RESOURCE_EXHAUSTED`,
    `meanwhile ${JSON.stringify(probed)}`,
  ].join('\n');
}
