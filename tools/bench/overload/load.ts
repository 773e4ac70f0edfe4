// One run of ghz against EvaluateAll: as much as 16 callers get answered, or so many calls a second by callers enough for
// that.
import { join } from 'node:path';
import { root, run } from '@org/tools/lib/run';
import { cpuTimeUs } from '../grpc/cpu-time.ts';
import { benchmarkContext } from '../grpc/subjects.ts';

export interface Target {
  readonly ghz: string;
  readonly address: string;
  readonly key: string;
  /** The core's process. */
  readonly pid: number;
}

export interface LoadOptions {
  readonly seconds: number;
  /** Calls a second, of 1,000 callers over 40 connections; left out: what 16 callers over 8 connections get answered. */
  readonly rps?: number;
}

/** What became of the calls. */
export interface Load {
  readonly okRps: number;
  /** Per second of the core's CPU time; NaN where that cannot be read. */
  readonly okPerCpuSecond: number;
  readonly okP99Ms: number;
  readonly shed: number;
  /** Neither answered nor shed, by status. */
  readonly other: Readonly<Record<string, number>>;
}

interface GhzReport {
  readonly total: number;
  readonly statusCodeDistribution: Readonly<Record<string, number>>;
  readonly latencyDistribution: readonly { readonly percentage: number; readonly latency: number }[] | null;
}

/** A later answer helps nobody: it does not count as done. */
const timeout = '2s';
const few = { callers: 16, connections: 8 } as const;
const many = { callers: 1_000, connections: 40 } as const;

/** Runs to the last answer. @throws Error when ghz itself fails */
export async function runLoad(target: Target, { seconds, rps }: LoadOptions): Promise<Load> {
  const { ghz, address, key, pid } = target;
  const pace = rps === undefined ? [] : ['--rps', String(rps)];
  const { callers, connections } = rps === undefined ? few : many;
  const args = [
    ['--insecure', '--import-paths', join(root, 'proto'), '--proto', 'flags/v1/flag_service.proto'],
    ['--call', 'flags.v1.FlagService.EvaluateAll', '--data', JSON.stringify({ context: benchmarkContext })],
    ['--metadata', JSON.stringify({ authorization: `Bearer ${key}` }), '--timeout', timeout],
    ['--concurrency', String(callers), '--connections', String(connections), ...pace],
    ['--duration', `${String(seconds)}s`, '--duration-stop', 'wait', '--format', 'json', address],
  ];
  const beforeUs = cpuTimeUs(pid) ?? Number.NaN;
  const { code, output } = await run(ghz, args.flat());
  const cpuSeconds = ((cpuTimeUs(pid) ?? Number.NaN) - beforeUs) / 1e6;
  if (code !== 0) throw new Error(`ghz failed:\n${output.slice(0, 2_000)}`);
  const report = JSON.parse(output.slice(output.indexOf('{'))) as GhzReport;
  const { OK: ok = 0, ResourceExhausted: shed = 0, ...other } = report.statusCodeDistribution;
  const p99 = report.latencyDistribution?.find(({ percentage }) => percentage === 99);
  return {
    okRps: ok / (report.total / 1e9),
    okPerCpuSecond: ok / cpuSeconds,
    okP99Ms: (p99?.latency ?? Number.NaN) / 1e6,
    shed,
    other,
  };
}
