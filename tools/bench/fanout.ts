// `npm run bench:fanout`: time from a commit to the moment it is applied, in 1,000 clients of @org/flags-node with
// connections and snapshots of their own, over NATS and over gRPC; beside them a bare message republished by JetStream to
// as many bare subscribers, in the same processes' shape. `--json` prints one object a line; `--clients`, `--changes`,
// `--flags` and `--interval-ms` change the size.
import { parseArgs } from 'node:util';
import { report } from '@org/tools/services/cache';
import type { Lane } from './fanout/lane.ts';
import { percentile } from './fanout/latencies.ts';
import type { Arrival } from './fanout/protocol.ts';
import { startRawLane } from './fanout/raw.ts';
import { startSdkLane } from './fanout/sdk.ts';
import { startStage } from './fanout/stage.ts';

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
  /** CPU time of the client processes for each arrival, all that they do meanwhile included. */
  readonly clientCpuUs: number;
  readonly hashesEqual?: boolean;
}

const stage = await startStage(Number(values.flags));
const lanes: Lane[] = [];
try {
  for (const transport of values.transports.split(',')) {
    report(`fanout: ${String(clients)} clients over ${transport}`);
    lanes.push(await startLane(transport as Lane['transport']));
  }
  const idleUs = await cpuOfLanes();
  const started = await changeInTurns();
  const busyUs = await cpuOfLanes();
  const rows: Row[] = [];
  for (const [index, lane] of lanes.entries()) {
    const cpuUs = (busyUs[index] ?? 0) - (idleUs[index] ?? 0);
    rows.push(await evaluate(lane, started.get(lane) ?? new Map(), cpuUs));
  }
  rows.forEach(print);
  if (!values.json) compare(rows);
} finally {
  for (const lane of lanes) await lane.close();
  await stage.close();
}

function startLane(transport: Lane['transport']): Promise<Lane> {
  return transport === 'raw-nats' ? startRawLane(stage, clients) : startSdkLane(stage, transport, clients);
}

/**
 * One change per interval on each lane, in turns, so that whatever else the machine does meets all of them. Each change is
 * seen by everybody before the next; the clock starts right before the call that makes it.
 */
async function changeInTurns(): Promise<ReadonlyMap<Lane, ReadonlyMap<number, bigint>>> {
  const started = new Map<Lane, Map<number, bigint>>(lanes.map((lane) => [lane, new Map()]));
  for (let number = 1; number <= warmUpChanges + changes; number += 1) {
    for (const lane of lanes) {
      const nextAtMs = performance.now() + intervalMs / lanes.length;
      const nowNs = process.hrtime.bigint();
      const mark = await lane.change(number);
      if (number > warmUpChanges) started.get(lane)?.set(mark, nowNs);
      await lane.clients.untilSeen(mark);
      await new Promise((settle) => setTimeout(settle, Math.max(0, nextAtMs - performance.now())));
    }
  }
  return started;
}

function cpuOfLanes(): Promise<readonly number[]> {
  return Promise.all(lanes.map((lane) => lane.clients.cpuUs()));
}

async function evaluate(lane: Lane, started: ReadonlyMap<number, bigint>, cpuUs: number): Promise<Row> {
  const arrivals = await lane.clients.arrivals();
  const changed = [...started].map(([mark, startNs]) => latenciesOf(arrivals, mark, startNs));
  if (values.verbose) changed.forEach((latencies, index) => tell(lane, latencies, index));
  const latencies = changed.flat().sort((left, right) => left - right);
  if (latencies.length !== clients * changes) {
    throw new Error(`${String(latencies.length)} arrivals instead of ${String(clients * changes)}`);
  }
  const hashesEqual = await lane.hashesEqual();
  if (hashesEqual === false) process.exitCode = 1;
  const row = {
    transport: lane.transport,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    clientCpuUs: cpuUs / (clients * (warmUpChanges + changes)),
  };
  return hashesEqual === undefined ? row : { ...row, hashesEqual };
}

function latenciesOf(arrivals: readonly Arrival[], mark: number, startNs: bigint): readonly number[] {
  return arrivals
    .filter((arrival) => arrival.mark === mark)
    .map(({ atNs }) => Number(BigInt(atNs) - startNs) / 1e6)
    .sort((left, right) => left - right);
}

function tell({ transport }: Lane, latencies: readonly number[], index: number): void {
  const [first, middle, last] = [0, 0.5, 1].map((share) => percentile(latencies, share).toFixed(1));
  report(
    `${transport} ${String(index + 1)}: first ${String(first)}, median ${String(middle)}, last ${String(last)} ms`,
  );
}

function print({ transport, p50Ms, p99Ms, clientCpuUs, ...rest }: Row): void {
  const round = (value: number): number => Math.round(value * 10) / 10;
  const figures = { p50Ms: round(p50Ms), p99Ms: round(p99Ms), clientCpuUs: round(clientCpuUs) };
  const line = { bench: 'fanout', transport, clients, ...figures, ...rest };
  const text = `${transport.padEnd(9)} p50 ${String(line.p50Ms)} ms, p99 ${String(line.p99Ms)} ms, client CPU ${String(line.clientCpuUs)} us`;
  console.log(values.json ? JSON.stringify(line) : text);
}

function compare(rows: readonly Row[]): void {
  const raw = rows.find(({ transport }) => transport === 'raw-nats');
  for (const { transport, p99Ms, hashesEqual } of rows) {
    const goal = goals[transport];
    if (raw === undefined || goal === undefined) continue;
    const ratio = (p99Ms / raw.p99Ms).toFixed(2);
    const hashes = hashesEqual === true ? 'equal' : 'DIFFER';
    console.log(`${transport}: p99 is ${ratio} times raw (goal: at most ${String(goal)}); hashes ${hashes}`);
  }
}
