// A process with clients of @org/flags-node that tells each number a flag answers, as soon as a client has it. Started by
// value-watchers.ts.
import { createClient } from '@org/flags-node';
import type { SeenValue, WatchOptions } from './value-watchers.ts';

const { clients, url, key, flagKey } = JSON.parse(process.argv[2] ?? '{}') as WatchOptions;
process.on('disconnect', () => process.exit(0));

const opened = Array.from({ length: clients }, (_, index) => {
  const client = createClient({ url, key, application: `watcher-${String(index)}` });
  const flag = client.number(flagKey, Number.NaN);
  let last = Number.NaN;
  const look = (): void => {
    const value = flag.get({});
    if (Object.is(value, last)) return;
    last = value;
    const seen: SeenValue = { client: index, value, atNs: String(process.hrtime.bigint()) };
    process.send?.(seen);
  };
  client.on('change', look);
  return { client, look };
});
await Promise.all(opened.map(({ client }) => client.ready({ timeoutMs: 60_000 })));
for (const { look } of opened) look();
process.send?.('ready');
