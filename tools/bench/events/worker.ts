// A process with SDK clients that track as fast as their events are taken: the producers of `npm run bench:events`.
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type FlagsClient } from '@org/flags-node';

/** What a worker is asked to do. */
export interface WorkerOptions {
  readonly url: string;
  readonly key: string;
  readonly clients: number;
  readonly events: number;
  /** The value of its first event; each event has a value of its own. */
  readonly firstValue: number;
}

/** What became of it. */
export interface WorkerAnswer {
  readonly tracked: number;
  /** By the SDKs' own count. */
  readonly dropped: number;
  readonly cpuUs: number;
  readonly memoryMegabytes: number;
}

const units = 1_000_000;
/** Less than half of what an SDK's queue holds: after one failed delivery the next ones still fit. */
const burst = 4_000;
const names = ['purchase', 'view', 'search', 'add-to-cart'] as const;
const plans = ['free', 'pro', 'team'] as const;
const countries = ['AT', 'DE', 'ES', 'FR', 'US'] as const;
const devices = ['mobile', 'desktop'] as const;

process.on('message', (options: WorkerOptions) => {
  void produce(options).then((answer) => {
    process.send?.(answer);
    process.disconnect();
  });
});

async function produce(options: WorkerOptions): Promise<WorkerAnswer> {
  const before = process.cpuUsage();
  const each = options.events / options.clients;
  const results = await Promise.all(
    Array.from({ length: options.clients }, (_, index) =>
      produceWith(options, options.firstValue + Math.round(index * each), Math.round(each)),
    ),
  );
  const { user, system } = process.cpuUsage(before);
  return {
    tracked: results.reduce((sum, { tracked }) => sum + tracked, 0),
    dropped: results.reduce((sum, { dropped }) => sum + dropped, 0),
    cpuUs: user + system,
    memoryMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

async function produceWith(
  { url, key }: WorkerOptions,
  firstValue: number,
  count: number,
): Promise<{ readonly tracked: number; readonly dropped: number }> {
  const client = createClient({ url, key, flushIntervalMs: 1_000 });
  let [dropped, failed] = [0, 0];
  client.on('error', (error) => {
    failed += 1;
    const told = /^(?:\[EVENTS_DROPPED\] )?.*?(\d+) events dropped so far/.exec(error.message);
    if (told !== null) dropped = Number(told[1]);
  });
  await client.ready();
  for (let done = 0; done < count; done += burst) {
    const end = Math.min(count, done + burst);
    for (let index = done; index < end; index += 1) track(client, firstValue + index);
    await deliver(client, () => failed);
  }
  await client.close({ timeoutMs: 30_000 });
  return { tracked: count, dropped };
}

/** Until a delivery went without a complaint: then nothing waits in the queue. */
async function deliver(client: FlagsClient, failures: () => number): Promise<void> {
  for (;;) {
    const before = failures();
    await client.flush();
    if (failures() === before) return;
    await pause(100);
  }
}

function track(client: FlagsClient, value: number): void {
  client.track(names[value % names.length]!, {
    context: { targetingKey: `user-${String((value * 7_919) % units)}` },
    value,
    attributes: {
      plan: plans[value % plans.length]!,
      country: countries[value % countries.length]!,
      device: devices[value % devices.length]!,
    },
  });
}
