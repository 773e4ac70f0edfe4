// Prints the configuration of a nats-server that trusts an authority file; makes the file when it is missing. A command
// for operators (docs/nats.md); prints no secret but the password of the routes.
import { parseArgs } from 'node:util';
import { loadAuthoritySeeds } from './authority-file.ts';
import { serverConfigText, type ClusterConfig } from './server-config.ts';

const { values } = parseArgs({
  options: {
    authority: { type: 'string', default: 'nats/authority.json' },
    name: { type: 'string', default: 'flags-1' },
    listen: { type: 'string', default: '127.0.0.1:4222' },
    store: { type: 'string', default: '/var/lib/nats/flags' },
    'cluster-listen': { type: 'string' },
    'cluster-members': { type: 'string', default: '' },
    'cluster-password': { type: 'string', default: '' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
  },
});
const cluster = clusterConfig(values['cluster-listen']);
const [certFile, keyFile] = [values['tls-cert'], values['tls-key']];
process.stdout.write(
  serverConfigText({
    seeds: await loadAuthoritySeeds(values.authority),
    serverName: values.name,
    ...splitAddress(values.listen),
    storeDirectory: values.store,
    ...(cluster === undefined ? {} : { cluster }),
    ...(certFile === undefined || keyFile === undefined ? {} : { tls: { certFile, keyFile } }),
  }),
);

function clusterConfig(listen: string | undefined): ClusterConfig | undefined {
  if (listen === undefined) return undefined;
  const members = values['cluster-members'].split(',').filter((member) => member !== '');
  return {
    name: 'flags',
    ...splitAddress(listen),
    user: 'route',
    password: values['cluster-password'],
    members,
  };
}

function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
