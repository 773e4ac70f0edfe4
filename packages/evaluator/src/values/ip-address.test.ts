import { isIPv4, isIPv6 } from 'node:net';
import { expect, it } from 'vitest';
import { addressOf, blockOf } from './ip-address.ts';

const isIn = (address: string, block: string) => addressOf(address)!.startsWith(blockOf(block)!);

const bits = (...groups: number[]) => groups.map((group) => group.toString(2).padStart(16, '0')).join('');

it('reads addresses of both versions', () => {
  expect(addressOf('1.2.3.4')).toBe(bits(0, 0, 0, 0, 0, 0xffff, 0x102, 0x304));
  expect(addressOf('2001:DB8::1')).toBe(bits(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));
  expect(addressOf('::')).toBe(bits(0, 0, 0, 0, 0, 0, 0, 0));
  expect(addressOf('64:ff9b::1.2.3.4')).toBe(bits(0x64, 0xff9b, 0, 0, 0, 0, 0x102, 0x304));
  expect(addressOf('1:2:3:4:5:6:7::')).toBe(bits(1, 2, 3, 4, 5, 6, 7, 0));
});

it('takes an IPv4 address that is written as an IPv6 one for itself', () => {
  expect(addressOf('::ffff:1.2.3.4')).toEqual(addressOf('1.2.3.4'));
  expect(addressOf('0:0:0:0:0:FFFF:0102:0304')).toEqual(addressOf('1.2.3.4'));
  expect(isIn('1.2.3.4', '::ffff:1.2.0.0/112')).toBe(true);
  expect(isIn('1.2.3.4', '::/0')).toBe(true);
  expect(isIn('::1', '0.0.0.0/0')).toBe(false);
});

const texts = [
  ...[
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.4 ',
    '1.2.3.-4',
    '1..2.3',
    '0x1.2.3.4',
    '١.2.3.4',
    '1.2.3.4.',
    '',
  ],
  ...[
    ':',
    ':::',
    '::1::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::12345',
    'g::',
    '1:2:3:4:5:6:7:1.2.3.4',
  ],
  ...[
    '1:2:3:4:5:6:1.2.3.4',
    '::1.2.3',
    '1.2.3.4::',
    '[::1]',
    '::ffff:1.2.3.4:1',
    ':1:2:3:4:5:6:7:8',
    '::1:2:3:4:5:6:7:8',
    '::01.2.3.4',
    '::00001',
    '0:0:0:0:0:0:a1.2.3.4',
    '::1.2.3',
    '::.',
    '1.2.3.4:1:2:3:4:5:6',
    '::1.2.3.4.',
    '::ffff:1.2.3.4',
  ],
  ...['ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255', '0:0:0:0:0:0:0:0', 'abcd::', '1::', '::1:2'],
];

it.each(texts)('agrees with Node on %j', (text) => {
  expect(addressOf(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
});

it.each([
  ['10.0.0.0/8', '10.255.0.1', '11.0.0.1'],
  ['10.1.2.3/8', '10.255.0.1', '11.0.0.1'],
  ['0.0.0.0/0', '255.255.255.255', '::1'],
  ['192.168.1.1', '192.168.1.1', '192.168.1.2'],
  ['192.168.1.128/25', '192.168.1.255', '192.168.1.127'],
  ['10.0.0.0/31', '10.0.0.1', '10.0.0.2'],
  ['2001:db8::/32', '2001:db8:ffff::', '2001:db9::'],
  ['2001:db8::/33', '2001:db8:7fff::', '2001:db8:8000::'],
  ['::1/128', '::1', '::2'],
  ['::/1', '7fff::', 'ffff::'],
])('puts into %s what belongs there', (block, inside, outside) => {
  expect(isIn(inside, block)).toBe(true);
  expect(isIn(outside, block)).toBe(false);
});

it.each([
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/08',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '::/129',
  '/8',
  '10/8',
  '10.0.0.0/8 ',
  'fe80::1%eth0/64',
  7,
  null,
])('reads no block in %j', (text: unknown) => {
  expect(blockOf(text)).toBeUndefined();
});
