// The sample shop: a service that asks @org/flags-node, and a page that asks @org/flags-web. Started by `npm start`.
import type { AddressInfo } from 'node:net';
import { createClient } from '@org/flags-node';
import { createShopServer } from './server/http.ts';
import { makePageFiles } from './server/page-files.ts';
import { readShopSettings } from './server/settings.ts';
import { resolveShopFlags } from './server/shop-flags.ts';
import { createShop } from './server/shop.ts';

const settings = readShopSettings(process.env);
const client = createClient({
  url: settings.flagsGrpcUrl,
  key: settings.serverKey,
  application: 'shop',
  ...(settings.cacheDir === undefined ? {} : { cacheDir: settings.cacheDir }),
});
const flags = resolveShopFlags(client);
const server = createShopServer({
  shop: createShop({ flags, random: Math.random }),
  flags,
  files: await makePageFiles({ flagsUrl: settings.flagsHttpUrl, clientKey: settings.clientKey }),
  flagsUrl: settings.flagsHttpUrl,
  onChange: (listener) => client.on('change', ({ revision }) => listener(revision)),
  revision: () => client.revision,
  track: (name, targetingKey, value) => client.track(name, { context: { targetingKey }, value }),
});

await client.ready();
server.listen(settings.port, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ msg: 'ready', http: `127.0.0.1:${port}` }));
});

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  server.close();
  server.closeAllConnections();
  await client.close();
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
