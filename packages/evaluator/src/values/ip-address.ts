// IP addresses and blocks of them (CIDR), version 4 and 6. Small: the browser SDK carries this file.

/** Groups of 16 bits: two for IPv4, eight for IPv6. */
export type Address = readonly number[];
/** A block: addresses of the same version with the same first bits. */
export interface AddressBlock {
  readonly address: Address;
  readonly bits: number;
}

const textCharsMax = 45;
const quadForm = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** An address; an IPv4 address written as an IPv6 one (`::ffff:10.0.0.1`) is the IPv4 one. Undefined for anything else. */
export const addressOf = (text: unknown): Address | undefined => {
  const groups = groupsOf(text);
  return groups && isMapped(groups) ? groups.slice(6) : groups;
};

/** A block, or a single address. Bits beyond the prefix do not count. Undefined for anything else. */
export const blockOf = (text: unknown): AddressBlock | undefined => {
  const [start, prefix, ...more] = typeof text === 'string' ? text.split('/', 3) : [];
  const groups = groupsOf(start);
  if (!groups || more.length > 0) return undefined;
  const bitsMax = groups.length * 16;
  const bits =
    prefix === undefined ? bitsMax : /^(?:0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) : Infinity;
  if (bits > bitsMax) return undefined;
  return isMapped(groups) && bits >= 96
    ? { address: groups.slice(6), bits: bits - 96 }
    : { address: groups, bits };
};

/** True when the address lies in the block. */
export const isInBlock = (address: Address, block: AddressBlock): boolean =>
  address.length === block.address.length &&
  address.every(
    (group, at) =>
      (group ^ block.address[at]!) >> Math.min(Math.max(16 * (at + 1) - block.bits, 0), 16) === 0,
  );

const isMapped = (groups: Address): boolean =>
  groups.length === 8 && groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);

const groupsOf = (text: unknown): Address | undefined => {
  if (typeof text !== 'string' || text.length > textCharsMax) return undefined;
  if (quadForm.test(text)) {
    const [a, b, c, d] = text.split('.').map(Number);
    return [a! * 256 + b!, c! * 256 + d!];
  }
  // An IPv4 address may stand for the last two groups.
  const last = text.lastIndexOf(':') + 1;
  const tail = last > 0 && quadForm.test(text.slice(last)) ? groupsOf(text.slice(last)) : undefined;
  const hex = tail ? text.slice(0, last) + tail.map((group) => group.toString(16)).join(':') : text;
  const halves = hex
    .split('::', 3)
    .map((half) =>
      half === ''
        ? []
        : half.split(':').map((group) => (/^[\da-f]{1,4}$/i.test(group) ? parseInt(group, 16) : NaN)),
    );
  const [head = [], end] = halves;
  const missing = 8 - head.length - (end?.length ?? 0);
  if (halves.length > 2 || (end ? missing < 1 : missing !== 0)) return undefined;
  const groups = end ? [...head, ...Array<number>(missing).fill(0), ...end] : head;
  return groups.some(Number.isNaN) ? undefined : groups;
};
