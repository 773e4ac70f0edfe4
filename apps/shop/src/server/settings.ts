// The shop's settings, read from the environment once. `npm start` sets them.

/** Where the shop finds its flags, and where it listens. */
export interface ShopSettings {
  /** The core's gRPC address, for the service. */
  readonly flagsGrpcUrl: string;
  /** The core's HTTP origin, for the page. */
  readonly flagsHttpUrl: string;
  readonly serverKey: string;
  readonly clientKey: string;
  readonly port: number;
  readonly cacheDir: string | undefined;
}

/** @throws Error naming the variable that is missing. */
export function readShopSettings(environment: Readonly<Record<string, string | undefined>>): ShopSettings {
  const required = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  return {
    flagsGrpcUrl: required('SHOP_FLAGS_GRPC_URL'),
    flagsHttpUrl: required('SHOP_FLAGS_HTTP_URL'),
    serverKey: required('SHOP_FLAGS_SERVER_KEY'),
    clientKey: required('SHOP_FLAGS_CLIENT_KEY'),
    port: Number(environment['SHOP_PORT'] ?? '0'),
    cacheDir: environment['SHOP_CACHE_DIR'],
  };
}
