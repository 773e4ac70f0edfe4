// `ip_in_range`: an IP address in one of the blocks (CIDR), or equal to one of the addresses.
import { addressOf, blockOf, type Bits } from '../values/ip-address.ts';
import { takeList } from './operands.ts';
import { defineOperator } from './operator.ts';

export const ipInRange = defineOperator<readonly Bits[]>({
  name: 'ip_in_range',
  members: ['values'],
  isNegatable: true,
  operand: (test, findings) => takeList(test, findings, 'operand_ip_block', blockOf),
  compile: (blocks) => (value) => {
    const address = addressOf(value);
    if (address === undefined) return false;
    for (let i = 0; i < blocks.length; i++) if (address.startsWith(blocks[i]!)) return true;
    return false;
  },
  cost: (blocks) => 40 + blocks.length,
});
