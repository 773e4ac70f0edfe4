// Loads EvaluateStream from one grpc-js client and prints what it measured as a JSON line. A process of its own, so that
// client and server have a core each. Arguments: address, seconds. The key comes by BENCH_KEY.
import { credentials, Metadata } from '@grpc/grpc-js';
import {
  FlagServiceClient,
  type EvaluateStreamRequest,
  type EvaluateStreamResponse,
} from '@org/contract/gen/flags/v1/flag_service';
import { benchmarkContext, benchmarkFlag } from './subjects.ts';

const streams = 4;
/** Requests that wait for their answer, per stream. */
const window = 200;
const warmUpSeconds = 1;

const [address = '', seconds = '5'] = process.argv.slice(2);
const metadata = new Metadata();
metadata.set('authorization', `Bearer ${process.env['BENCH_KEY'] ?? ''}`);
const client = new FlagServiceClient(address, credentials.createInsecure());
const request = { environment: '', flagKey: benchmarkFlag, context: benchmarkContext };

const startMs = performance.now() + warmUpSeconds * 1000;
const endMs = startMs + Number(seconds) * 1000;
const latencies: number[] = [];
let answered = 0;
/** Before and after the measured time, too. */
let answeredInAll = 0;

await Promise.all(Array.from({ length: streams }, load));
client.close();
latencies.sort((left, right) => left - right);
const percentile = (share: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
console.log(
  JSON.stringify({
    rps: answered / Number(seconds),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    answeredInAll,
  }),
);

/** Keeps the window full until the time is over, then waits for the answers that are still due. */
function load(): Promise<void> {
  const sentMs = new Float64Array(window);
  const call = client.evaluateStream(metadata);
  let due = 0;
  const send = (id: number): void => {
    sentMs[id] = performance.now();
    due += 1;
    const message: EvaluateStreamRequest = { id, request };
    call.write(message);
  };
  return new Promise((resolve, reject) => {
    call.on('data', ({ id, response }: EvaluateStreamResponse) => {
      due -= 1;
      if (response?.errorCode !== '')
        return reject(new Error(`answered ${response?.errorCode}: ${response?.errorMessage}`));
      const nowMs = performance.now();
      answeredInAll += 1;
      if (nowMs >= startMs && nowMs < endMs) {
        answered += 1;
        // One in 16 is enough for percentiles and costs the client nothing.
        if ((answered & 15) === 0) latencies.push(nowMs - sentMs[id]!);
      }
      if (nowMs < endMs) send(id);
      else if (due === 0) call.end();
    });
    call.on('error', reject);
    call.on('end', resolve);
    for (let id = 0; id < window; id += 1) send(id);
  });
}
