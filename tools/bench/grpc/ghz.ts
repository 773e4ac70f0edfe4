// Runs ghz for one subject and reads its report.
import { run } from '@org/tools/lib/run';
import { cpuTimeUs } from './cpu-time.ts';

/** One subject of the comparison, as ghz has to call it. */
export interface GhzSubject {
  readonly subject: string;
  readonly address: string;
  /** Folder of imports and the file, from there. */
  readonly importPath: string;
  readonly proto: string;
  readonly call: string;
  readonly data: object;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The server's process. */
  readonly pid: number;
}

/** What one run measured. */
export interface Measured {
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server for one call; undefined where it cannot be read. */
  readonly cpuUs?: number | undefined;
}

interface GhzReport {
  readonly count: number;
  readonly rps: number;
  readonly latencyDistribution: readonly { readonly percentage: number; readonly latency: number }[] | null;
  readonly statusCodeDistribution: Readonly<Record<string, number>>;
}

/** Calls in flight, over so many connections. */
export const load = { concurrency: 50, connections: 5 };

/** Loads the subject for so many seconds. @throws Error when not every call was answered. */
export async function runGhz(ghz: string, subject: GhzSubject, seconds: number): Promise<Measured> {
  const args = [
    ['--insecure', '--import-paths', subject.importPath, '--proto', subject.proto, '--call', subject.call],
    ['--data', JSON.stringify(subject.data), '--metadata', JSON.stringify(subject.metadata ?? {})],
    ['--concurrency', String(load.concurrency), '--connections', String(load.connections)],
    ['--duration', `${seconds}s`, '--duration-stop', 'wait', '--format', 'json', subject.address],
  ];
  const beforeUs = cpuTimeUs(subject.pid);
  const { code, output } = await run(ghz, args.flat());
  const afterUs = cpuTimeUs(subject.pid);
  if (code !== 0) throw new Error(`ghz failed for ${subject.subject}:\n${output.slice(0, 2000)}`);
  const report = JSON.parse(output.slice(output.indexOf('{'))) as GhzReport;
  const cpuUs =
    beforeUs === undefined || afterUs === undefined ? undefined : (afterUs - beforeUs) / report.count;
  return { ...readReport(subject.subject, report), cpuUs };
}

function readReport(subject: string, report: GhzReport): Measured {
  const codes = Object.keys(report.statusCodeDistribution);
  if (codes.length !== 1 || codes[0] !== 'OK') {
    throw new Error(`${subject} answered ${JSON.stringify(report.statusCodeDistribution)}`);
  }
  const percentile = (wanted: number): number => {
    const found = report.latencyDistribution?.find(({ percentage }) => percentage === wanted);
    if (found === undefined) throw new Error(`ghz reported no ${wanted}th percentile for ${subject}`);
    return found.latency / 1e6;
  };
  return { rps: report.rps, p50Ms: percentile(50), p99Ms: percentile(99) };
}
