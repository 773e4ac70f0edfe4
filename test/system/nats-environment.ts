// The environment variables of a core that uses the nats-servers of a test.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NatsServer } from '@org/tools/services/nats-server';

/** Variables for a core; `urls` when it (or its SDKs) shall go through proxies. */
export async function natsEnvironment(
  servers: NatsServer | readonly NatsServer[],
  { urls, advertisedUrls }: { urls?: readonly string[]; advertisedUrls?: readonly string[] } = {},
): Promise<Readonly<Record<string, string>>> {
  const all = [servers].flat();
  const [first] = all;
  if (first === undefined) throw new Error('no nats-server');
  const authorityFile = join(first.directory, 'authority.json');
  await writeFile(authorityFile, JSON.stringify(first.authority.seeds), { mode: 0o600 });
  return {
    FLAGS_NATS_URLS: (urls ?? all.map(({ url }) => url)).join(','),
    FLAGS_NATS_AUTHORITY_FILE: authorityFile,
    FLAGS_NATS_REPLICAS: all.length >= 3 ? '3' : '1',
    ...(advertisedUrls === undefined ? {} : { FLAGS_NATS_ADVERTISED_URLS: advertisedUrls.join(',') }),
  };
}
