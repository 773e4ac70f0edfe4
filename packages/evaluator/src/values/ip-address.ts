// IP addresses and blocks of them (CIDR). An IPv4 address is the IPv6 address that stands for it: `::ffff:10.0.0.1`.
// Small: the browser SDK carries this file.

/** The bits as a text of 0 and 1: 128 of an address, the first ones of a block. */
export type Bits = string;

const textCharsMax = 45;
const quadForm = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const groupsForm = /^(?:[\da-f]{1,4}(?::(?!$)|$)){8}$/i;

/** An address of either version; undefined for anything else. */
export const addressOf = (text: unknown): Bits | undefined => {
  if (typeof text !== 'string' || text.length > textCharsMax) return undefined;
  // An IPv4 address may stand for the last two groups, and a double colon for groups of zeros.
  const groups = (quadForm.test(text) ? `::ffff:${text}` : text).replace(
    /:([\d.]*\.[\d.]*)$/,
    (_, quad: string) => `:${quadForm.test(quad) ? groupsOf(quad) : 'x'}`,
  );
  const missing = 8 - groups.split(':').filter(Boolean).length;
  const all = groups.replace('::', (_, at: number) => {
    const zeros = Array(Math.max(missing, 0)).fill(0).join(':');
    return (at > 0 ? ':' : '') + zeros + (at + 2 < groups.length ? ':' : '');
  });
  return groupsForm.test(all)
    ? all
        .split(':')
        .map((group) => parseInt(group, 16).toString(2).padStart(16, '0'))
        .join('')
    : undefined;
};

/** A block, or a single address; an address lies in it when its bits begin with those. Undefined for anything else. */
export const blockOf = (text: unknown): Bits | undefined => {
  const [, start, prefix] = (typeof text === 'string' && /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text)) || [];
  const bits = prefix === undefined ? 128 : Number(prefix) + (start!.includes(':') ? 0 : 96);
  return bits > 128 ? undefined : addressOf(start)?.slice(0, bits);
};

/** Four numbers as two groups. */
const groupsOf = (quad: string): string =>
  quad
    .split('.')
    .map((byte) => (256 + Number(byte)).toString(16).slice(1))
    .join('')
    .replace(/.{4}/, '$&:');
