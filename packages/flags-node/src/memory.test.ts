// Flat memory (R18): many evaluations for many users with exposures and counts on, the collector dead. 10,000,000
// evaluations of 1,000,000 users in `npm run test:long`, a tenth of it otherwise.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { createClient } from './client.ts';
import { startFakeCore } from './testing/fake-core.ts';

const scale = process.env['FLAGS_TEST_LONG'] === '1' ? 1 : 0.1;
const evaluations = 10_000_000 * scale;
const users = 1_000_000 * scale;
const growthBytesMax = 20 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const usedBytes = (): number => {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

it('does not grow with the number of users', async () => {
  const core = await startFakeCore();
  core.refuse('record', status.UNAVAILABLE);
  core.commit({
    'flag/experiment': {
      type: 'string',
      enabled: true,
      variants: { a: 'A', b: 'B' },
      default: {
        split: {
          weights: [
            { variant: 'a', weight: 1 },
            { variant: 'b', weight: 1 },
          ],
        },
      },
    },
  });
  const client = createClient({ url: core.url, key: 'flags_s_a_b', flushIntervalMs: 10 });
  await client.ready();
  const flag = client.string('experiment', '');
  const evaluate = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) {
      flag.get({ targetingKey: `user-${done % users}` });
      // Lets the sender try, as it would between an application's requests.
      if (done % 50_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  // Fills what is bounded: the queue, the filter, the batch under way.
  await evaluate(100_000);
  const before = usedBytes();
  await evaluate(evaluations);
  expect(usedBytes() - before).toBeLessThan(growthBytesMax);
  await client.close({ timeoutMs: 0 });
  await core.stop();
});
