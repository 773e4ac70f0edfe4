// The configuration of a nats-server that trusts our authority: JetStream with fsync per write, everything off that we do
// not use. Holds no seeds; the text may still name a route password and belongs to its owner alone.
import { PushError } from './errors.ts';
import { createNatsAuthority, type AuthoritySeeds } from './authority.ts';

/** Settings of one nats-server. */
export interface ServerConfig {
  readonly seeds: AuthoritySeeds;
  readonly serverName: string;
  readonly host: string;
  readonly port: number;
  /** Directory of streams and account records. */
  readonly storeDirectory: string;
  /** At most this much is stored. */
  readonly storeBytesMax?: number;
  readonly cluster?: ClusterConfig;
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly caFile?: string };
}

/** Routes between the servers of a cluster. */
export interface ClusterConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** host:port of every member. */
  readonly members: readonly string[];
}

const storeBytesDefault = 4 * 1024 ** 3;

/**
 * Text of the configuration file.
 *
 * @throws PushError when the seeds cannot run a server of our own.
 */
export function serverConfigText(config: ServerConfig): string {
  const { operatorJwt, accountJwt, systemJwt } = 'open' in config.seeds ? {} : config.seeds;
  const { accountId, systemAccountId } = createNatsAuthority(config.seeds);
  const isWhole = operatorJwt !== undefined && accountJwt !== undefined && systemJwt !== undefined;
  if (!isWhole || systemAccountId === undefined) {
    throw new PushError(
      'INVALID',
      'these seeds lack the operator or the system account of a server of our own',
    );
  }
  const directory = JSON.stringify(config.storeDirectory);
  return `${[
    `server_name: ${JSON.stringify(config.serverName)}`,
    `listen: ${JSON.stringify(`${config.host}:${String(config.port)}`)}`,
    `operator: ${operatorJwt}`,
    `system_account: ${systemAccountId}`,
    // Keeps revocations over restarts and shares them in a cluster.
    `resolver: { type: full, dir: ${JSON.stringify(`${config.storeDirectory}/accounts`)}, allow_delete: false, interval: "2m" }`,
    `resolver_preload: { ${accountId}: ${accountJwt}, ${systemAccountId}: ${systemJwt} }`,
    // An acknowledged message is on disk, not in the page cache.
    `jetstream: { store_dir: ${directory}, sync_interval: always, max_memory_store: 0, max_file_store: ${String(config.storeBytesMax ?? storeBytesDefault)} }`,
    'max_payload: 1MB',
    'ping_interval: "10s"',
    'ping_max: 2',
    'write_deadline: "10s"',
    'lame_duck_duration: "30s"',
    'lame_duck_grace_period: "2s"',
    ...tlsLines(config),
    ...clusterLines(config.cluster),
  ].join('\n')}\n`;
}

function tlsLines({ tls }: ServerConfig): readonly string[] {
  if (tls === undefined) return [];
  const authority = tls.caFile === undefined ? '' : `, ca_file: ${JSON.stringify(tls.caFile)}`;
  return [
    `tls: { cert_file: ${JSON.stringify(tls.certFile)}, key_file: ${JSON.stringify(tls.keyFile)}${authority} }`,
  ];
}

function clusterLines(cluster: ClusterConfig | undefined): readonly string[] {
  if (cluster === undefined) return [];
  const user = JSON.stringify(cluster.user);
  const password = JSON.stringify(cluster.password);
  const login = `${encodeURIComponent(cluster.user)}:${encodeURIComponent(cluster.password)}`;
  const routes = cluster.members.map((member) => JSON.stringify(`nats-route://${login}@${member}`));
  return [
    'cluster: {',
    `  name: ${JSON.stringify(cluster.name)}`,
    `  listen: ${JSON.stringify(`${cluster.host}:${String(cluster.port)}`)}`,
    `  authorization: { user: ${user}, password: ${password} }`,
    `  routes: [${routes.join(', ')}]`,
    '}',
  ];
}
