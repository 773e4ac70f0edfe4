// `npm run bench:fanout`: time from a commit to the moment it is applied, in 1,000 clients of @org/flags-node with
// connections and snapshots of their own, over NATS and over gRPC; beside them a bare message republished by JetStream to
// as many bare subscribers, in the same processes' shape. `--json` prints one object a line; `--clients`, `--changes`,
// `--flags` and `--interval-ms` change the size.
import { parseArgs } from 'node:util';
import { readHead } from '@org/tools/cluster/admin-client';
import { report } from '@org/tools/services/cache';
import { percentile } from './fanout/latencies.ts';
import { startRaw } from './fanout/raw.ts';
import { startStage, type Stage } from './fanout/stage.ts';
import { commitFlag, startSdkClients } from './fanout/sdk.ts';
import type { Arrival, Fanout } from './fanout/protocol.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    clients: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '30' },
    flags: { type: 'string', default: '1000' },
    'interval-ms': { type: 'string', default: '1000' },
    transports: { type: 'string', default: 'raw-nats,nats,grpc' },
  },
});
const clients = Number(values.clients);
const changes = Number(values.changes);
const intervalMs = Number(values['interval-ms']);
const warmUpChanges = 5;

/** Most that p99 may be, as a multiple of the bare message's. */
const goals: Readonly<Record<string, number>> = { nats: 2, grpc: 4 };

interface Row {
  readonly transport: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly hashesEqual?: boolean;
}

const stage = await startStage(Number(values.flags));
const rows: Row[] = [];
try {
  for (const transport of values.transports.split(',')) {
    report(`fanout: ${transport} to ${String(clients)} clients`);
    rows.push(transport === 'raw-nats' ? await measureRaw() : await measureSdk(transport as 'nats' | 'grpc'));
    print(rows.at(-1));
  }
  if (!values.json) compare();
} finally {
  await stage.close();
}

async function measureRaw(): Promise<Row> {
  const raw = await startRaw(stage, clients);
  try {
    return { transport: 'raw-nats', ...(await measure(raw.clients, (number) => raw.publish(number))) };
  } finally {
    await raw.close();
  }
}

async function measureSdk(transport: 'nats' | 'grpc'): Promise<Row> {
  const fanout = await startSdkClients(stage, transport, clients);
  try {
    const row = await measure(fanout, (number) => commitFlag(stage, number));
    return { transport, ...row, hashesEqual: await compareHashes(stage, fanout) };
  } finally {
    await fanout.close();
  }
}

/** One change per interval; the clock starts right before the call that makes it. */
async function measure(
  fanout: Fanout,
  change: (number: number) => Promise<number>,
): Promise<{ p50Ms: number; p99Ms: number }> {
  const startedNs = new Map<number, bigint>();
  for (let number = 1; number <= warmUpChanges + changes; number += 1) {
    const nextAtMs = performance.now() + intervalMs;
    const nowNs = process.hrtime.bigint();
    const mark = await change(number);
    if (number > warmUpChanges) startedNs.set(mark, nowNs);
    await fanout.untilSeen(mark);
    await new Promise((settle) => setTimeout(settle, Math.max(0, nextAtMs - performance.now())));
  }
  const arrivals = await fanout.arrivals();
  const changed = [...startedNs].map(([mark, startNs]) => latenciesOf(arrivals, mark, startNs));
  if (values.verbose) changed.forEach(tell);
  const latencies = changed.flat().sort((left, right) => left - right);
  if (latencies.length !== clients * changes) {
    throw new Error(`${String(latencies.length)} arrivals instead of ${String(clients * changes)}`);
  }
  return { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
}

function latenciesOf(arrivals: readonly Arrival[], mark: number, startNs: bigint): readonly number[] {
  return arrivals
    .filter((arrival) => arrival.mark === mark)
    .map(({ atNs }) => Number(BigInt(atNs) - startNs) / 1e6)
    .sort((left, right) => left - right);
}

function tell(latencies: readonly number[], index: number): void {
  const [first, middle, last] = [0, 0.5, 1].map((share) => percentile(latencies, share).toFixed(1));
  report(
    `change ${String(index + 1)}: first ${String(first)}, median ${String(middle)}, last ${String(last)} ms`,
  );
}

async function compareHashes({ core, environment }: Stage, fanout: Fanout): Promise<boolean> {
  const { hash } = await readHead(core.httpUrl, environment.reference);
  const hashes = await fanout.hashes();
  const equal = hashes.length === clients && hashes.every((own) => own === hash);
  if (!equal) process.exitCode = 1;
  return equal;
}

function print(row: Row | undefined): void {
  if (row === undefined) return;
  const { transport, p50Ms, p99Ms, ...rest } = row;
  const round = (ms: number): number => Math.round(ms * 10) / 10;
  const line = { bench: 'fanout', transport, clients, p50Ms: round(p50Ms), p99Ms: round(p99Ms), ...rest };
  console.log(
    values.json
      ? JSON.stringify(line)
      : `${transport.padEnd(9)} p50 ${String(line.p50Ms)} ms, p99 ${String(line.p99Ms)} ms`,
  );
}

function compare(): void {
  const raw = rows.find(({ transport }) => transport === 'raw-nats');
  for (const { transport, p99Ms, hashesEqual } of rows) {
    const goal = goals[transport];
    if (raw === undefined || goal === undefined) continue;
    const ratio = (p99Ms / raw.p99Ms).toFixed(2);
    console.log(
      `${transport}: p99 is ${ratio} times raw (goal: at most ${String(goal)}); hashes ${hashesEqual === true ? 'equal' : 'DIFFER'}`,
    );
  }
}
