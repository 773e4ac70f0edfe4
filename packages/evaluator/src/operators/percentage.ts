// `percentage`: a share of units by hash, as splits bucket them (docs/spec/bucketing.md).
import { isUnit } from '../attributes.ts';
import { cutOf, isAtLeast } from '../bucket.ts';
import { limits } from '../limits.ts';
import { hashInteger, hashText, prefixOf } from '../murmur3.ts';
import { own } from '../untrusted.ts';
import { takeValue } from './operands.ts';
import { defineOperator } from './operator.ts';

interface Share {
  /** Of 100,000. */
  readonly buckets: number;
  readonly salt: string;
}

const loneSurrogate = /\p{Surrogate}/u;

export const percentage = defineOperator<Share>({
  name: 'percentage',
  members: ['value', 'salt'],
  operand(test, findings) {
    const salt = own(test, 'salt');
    const isSalt = typeof salt === 'string' && !loneSurrogate.test(salt);
    if (!isSalt) findings.add('operand_salt', '', 'salt');
    const buckets = takeValue(test, findings, 'operand_percentage', bucketsOf);
    return isSalt && buckets !== undefined ? { buckets, salt } : undefined;
  },
  compile({ buckets, salt }) {
    const prefix = prefixOf(salt);
    const isAll = buckets === limits.overlayBuckets;
    const cut = isAll ? 0 : cutOf(buckets, limits.overlayBuckets);
    return (value) => {
      if (!isUnit(value)) return false;
      if (isAll) return true;
      const hash = typeof value === 'string' ? hashText(prefix, value) : hashInteger(prefix, value);
      return isAtLeast(hash, cut) === 0;
    };
  },
  cost: () => 20,
});

/** 0 to 100 with at most three decimals, as buckets. */
function bucketsOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) return undefined;
  const buckets = Math.round(value * 1000);
  return buckets / 1000 === value ? buckets : undefined;
}
