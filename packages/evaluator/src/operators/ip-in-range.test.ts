import { expect, it } from 'vitest';
import { findingsFor, passing } from '../testing/operators.ts';
import { ipInRange } from './ip-in-range.ts';

it('takes addresses in one of the blocks, of either version', () => {
  const addresses = [
    '10.1.2.3',
    '11.0.0.0',
    '::ffff:10.0.0.1',
    '2001:db8::1',
    '2001:db9::1',
    '192.168.0.1',
    '192.168.0.2',
  ];
  expect(passing(ipInRange, { values: ['10.0.0.0/8', '2001:db8::/32', '192.168.0.1'] }, addresses)).toEqual([
    ...['10.1.2.3', '::ffff:10.0.0.1', '2001:db8::1', '192.168.0.1'],
  ]);
});

it('takes addresses only', () => {
  expect(passing(ipInRange, { values: ['0.0.0.0/0', '::/0'] })).toEqual([]);
});

it('refuses what is no block, with its place', () => {
  const values = ['10.0.0.0/8', '10.0.0.0/33', '10.0.0.256', 'fe80::1%eth0', 7, '10.0.0.0/08'];
  expect(findingsFor(ipInRange, { values })).toEqual(
    [1, 2, 3, 4, 5].map((index) => ({ path: `values[${index}]`, rule: 'operand_ip_block' })),
  );
  expect(findingsFor(ipInRange, { values: [] })).toEqual([{ path: 'values', rule: 'operand_list' }]);
});
