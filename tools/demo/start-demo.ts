// Starts everything a newcomer wants to see: the core on SQLite, with nats-server as its child where one is to be had, the
// demo project, the shop; and ends it in the opposite order.
import { randomBytes } from 'node:crypto';
import { findNatsServer } from '../services/nats-binary.ts';
import { startChild, type Child } from './child.ts';
import { coreClient, type CallCore } from './core-client.ts';
import { endLeftovers } from './leftovers.ts';
import { freePortNear } from './ports.ts';
import { createSdkKey, seedDemo, type Seeded } from './seed.ts';
import type { KeyName, StateFolder } from './state-folder.ts';

const usualPorts = { grpc: 7410, http: 7411, shop: 7412, analytics: 7413 };

/** Where everything runs. */
export interface Demo {
  readonly addresses: { readonly core: string; readonly grpc: string; readonly shop: string };
  /** `embedded`: over a nats-server of the core's own. `off`: over gRPC and HTTP streams alone. */
  readonly push: string;
  readonly seeded: Seeded;
  /** The key that was made in this run; undefined when it is an old one. */
  readonly newAdminKey: string | undefined;
  /** Resolves with the name of a part that ended without being asked. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

type Stop = () => Promise<void>;

/** Starts all of it. What had been started is stopped again when a later part fails. */
export async function startDemo(folder: StateFolder, tell: (line: string) => void): Promise<Demo> {
  folder.claim();
  const stops: Stop[] = [() => Promise.resolve(folder.release())];
  const stop: Stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    await endLeftovers(folder);
    return { ...(await startParts(folder, tell, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  folder: StateFolder,
  tell: (line: string) => void,
  stops: Stop[],
): Promise<Omit<Demo, 'stop'>> {
  const newAdminKey = folder.readKey('admin') === undefined ? makeAdminKey(folder) : undefined;
  const analyticsAt = {
    address: `127.0.0.1:${await freePortNear(usualPorts.analytics)}`,
    token: randomBytes(24).toString('base64url'),
  };
  const core = await startCoreWithPush(folder, analyticsAt, tell, stops);
  const analytics = await startAnalytics(folder, analyticsAt, core, stops);
  const addresses = {
    core: `http://${String(core.ready['http'])}`,
    grpc: `http://${String(core.ready['grpc'])}`,
    shop: `http://127.0.0.1:${await freePortNear(usualPorts.shop)}`,
  };
  const call = coreClient(addresses.core, folder.readKey('admin')!);
  const seeded = await seedDemo(call, [addresses.shop, addresses.shop.replace('127.0.0.1', 'localhost')]);
  const shop = await startShop(folder, addresses, await sdkKeys(folder, call), stops);
  const failed = Promise.race([
    core.ended.then(() => 'the core'),
    analytics.ended.then(() => 'analytics'),
    shop.ended.then(() => 'the shop'),
  ]);
  return { addresses, push: String(core.ready['push']), seeded, newAdminKey, failed };
}

/** Where the analytics process listens, and what it wants to see. */
interface AnalyticsAt {
  readonly address: string;
  readonly token: string;
}

async function startCoreWithPush(
  folder: StateFolder,
  analytics: AnalyticsAt,
  tell: (line: string) => void,
  stops: Stop[],
): Promise<Child> {
  const binary = await findNatsServer();
  if (binary === undefined) return startCore(folder, analytics, '', stops);
  try {
    return await startCore(folder, analytics, binary, stops);
  } catch (error) {
    // A nats-server that does not run here must not keep the rest from being seen.
    tell(
      `Starting again without nats-server, because: ${error instanceof Error ? error.message : String(error)}`,
    );
    return startCore(folder, analytics, '', stops);
  }
}

async function startCore(
  folder: StateFolder,
  analytics: AnalyticsAt,
  natsServer: string,
  stops: Stop[],
): Promise<Child> {
  const child = await startChild({
    name: 'The core',
    file: 'apps/core/src/main.ts',
    logFile: folder.file('core.log'),
    env: {
      FLAGS_DATA_DIR: folder.path,
      FLAGS_GRPC_ADDRESS: `127.0.0.1:${await freePortNear(usualPorts.grpc)}`,
      FLAGS_HTTP_ADDRESS: `127.0.0.1:${await freePortNear(usualPorts.http)}`,
      FLAGS_NATS_SERVER_BINARY: natsServer,
      FLAGS_ANALYTICS_URL: `http://${analytics.address}`,
      FLAGS_ANALYTICS_TOKEN: analytics.token,
      FLAGS_BOOTSTRAP_ADMIN_KEY: folder.readKey('admin') ?? '',
    },
  });
  stops.push(() => child.stop());
  return child;
}

/** Reads the event log where the core says it lies. */
async function startAnalytics(
  folder: StateFolder,
  { address, token }: AnalyticsAt,
  core: Child,
  stops: Stop[],
): Promise<Child> {
  const inNats = core.ready['eventLog'] === 'jetstream';
  const child = await startChild({
    name: 'Analytics',
    file: 'apps/analytics/src/main.ts',
    logFile: folder.file('analytics.log'),
    env: {
      FLAGS_DATA_DIR: folder.path,
      FLAGS_ANALYTICS_ADDRESS: address,
      FLAGS_ANALYTICS_TOKEN: token,
      FLAGS_NATS_URLS: inNats ? (core.ready['nats'] as readonly string[]).join(',') : '',
    },
  });
  stops.push(() => child.stop());
  return child;
}

async function startShop(
  folder: StateFolder,
  addresses: Demo['addresses'],
  keys: Readonly<Record<'server' | 'client', string>>,
  stops: Stop[],
): Promise<Child> {
  const child = await startChild({
    name: 'The shop',
    file: 'apps/shop/src/main.ts',
    logFile: folder.file('shop.log'),
    env: {
      SHOP_FLAGS_GRPC_URL: addresses.grpc,
      SHOP_FLAGS_HTTP_URL: addresses.core,
      SHOP_FLAGS_SERVER_KEY: keys.server,
      SHOP_FLAGS_CLIENT_KEY: keys.client,
      SHOP_PORT: new URL(addresses.shop).port,
      SHOP_CACHE_DIR: folder.path,
    },
  });
  stops.push(() => child.stop());
  return child;
}

async function sdkKeys(
  folder: StateFolder,
  call: CallCore,
): Promise<Readonly<Record<'server' | 'client', string>>> {
  const keyOf = async (name: 'server' | ('client' & KeyName)): Promise<string> => {
    const kept = folder.readKey(name);
    if (kept !== undefined) return kept;
    const secret = await createSdkKey(call, 'demo/example', name === 'server' ? 'SERVER' : 'CLIENT');
    folder.writeKey(name, secret);
    return secret;
  };
  return { server: await keyOf('server'), client: await keyOf('client') };
}

/** Made here and not by the core, so that the second start finds it in the folder. */
function makeAdminKey(folder: StateFolder): string {
  const key = `flags_p_${randomBytes(8).toString('hex')}_${randomBytes(32).toString('base64url')}`;
  folder.writeKey('admin', key);
  return key;
}
