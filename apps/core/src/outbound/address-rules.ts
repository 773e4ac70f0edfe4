// Which addresses the core may call when somebody else's text says so (health probes, metrics, webhooks): public ones, and those
// that the installation allows by name. Everything a machine may reach only because it stands where it stands is refused.
import { BlockList, isIP } from 'node:net';

/** Hosts ("prometheus.internal", "10.0.0.7") or networks ("10.0.0.0/8") that may be called though they are not public. */
export type AllowList = readonly string[];

const forbidden: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Everything that is not global unicast, and in it: tunnels and translations that lead to any IPv4 address, documentation.
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** Mapped addresses (::ffff:10.0.0.1) are judged as the IPv4 addresses they are. */
export function createAddressRules(allowed: AllowList): {
  isHostAllowed(host: string): boolean;
  isAddressAllowed(address: string): boolean;
} {
  const refused = new BlockList();
  for (const [network, prefix] of forbidden) refused.addSubnet(network, prefix, familyOf(network));
  const permitted = new BlockList();
  const hosts = new Set<string>();
  for (const entry of allowed) {
    const [address = '', prefix] = entry.split('/');
    if (isIP(address) === 0) hosts.add(entry.toLowerCase());
    else if (prefix === undefined) permitted.addAddress(address, familyOf(address));
    else permitted.addSubnet(address, Number(prefix), familyOf(address));
  }
  return {
    isHostAllowed: (host) => hosts.has(host.toLowerCase()),
    isAddressAllowed(address) {
      const family = familyOf(address);
      if (isIP(address) === 0) return false;
      return permitted.check(address, family) || !refused.check(plain(address), familyOf(plain(address)));
    },
  };
}

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const plain = (address: string): string => mapped.exec(address)?.[1] ?? address;
