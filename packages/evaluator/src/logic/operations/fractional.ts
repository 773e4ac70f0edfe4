// fractional (flagd's v2): buckets of a 32-bit hash. Everything that is wrong with its operands answers null.
import { bucketOf } from '../../bucket.ts';
import { murmur3 } from '../../murmur3.ts';
import { walk, type Operation } from '../interpret.ts';
import type { Run } from '../run.ts';
import { isList, isMembers, itemOf, memberOf, type List, type Members, type Value } from '../values.ts';

const int32Max = 2_147_483_647;

const distribute: Operation = (values, data, run) => {
  const operands = walk(values, data, run);
  if (!isList(operands) || operands.length === 0 || !isMembers(data)) return null;
  const first = itemOf(operands, 0);
  const unit = typeof first === 'string' ? first : unitOf(data, run);
  const entries = readEntries(typeof first === 'string' || first === null ? operands.slice(1) : operands);
  if (unit === undefined || entries === undefined || entries.total === 0) return null;
  return variantAt(unit, entries, run);
};

/** The key of the flag with the targeting key: what is hashed when nothing else is named. */
function unitOf(data: Members, run: Run): string | undefined {
  const targetingKey = memberOf(data, 'targetingKey');
  if (typeof targetingKey !== 'string' || targetingKey === '') return undefined;
  const injected = data === run.context ? run.injected : memberOf(data, '$flagd');
  const flagKey = isMembers(injected) ? memberOf(injected, 'flagKey') : '';
  return `${typeof flagKey === 'string' ? flagKey : ''}${targetingKey}`;
}

interface Entries {
  readonly list: readonly { readonly variant: Value; readonly weight: number }[];
  readonly total: number;
}

function readEntries(operands: List): Entries | undefined {
  let total = 0;
  const list: { variant: Value; weight: number }[] = [];
  for (const operand of operands) {
    const weight = isList(operand) ? weightOf(operand) : undefined;
    if (weight === undefined) return undefined;
    total += weight;
    list.push({ variant: itemOf(operand as List, 0), weight });
  }
  return total > int32Max ? undefined : { list, total };
}

/** 1 when it is left out; negative ones, which computed weights can be, count as 0. Undefined for an entry that is none. */
function weightOf(entry: List): number | undefined {
  const weight = itemOf(entry, 1) ?? 1;
  const variant = itemOf(entry, 0);
  const isName = variant === null || typeof variant !== 'object';
  if (entry.length === 0 || !isName || typeof weight !== 'number') return undefined;
  return Number.isInteger(weight) && weight <= int32Max ? Math.max(0, weight) : undefined;
}

function variantAt(unit: string, { list, total }: Entries, run: Run): Value {
  run.chargeText(unit);
  const bucket = bucketOf(murmur3(unit), total);
  let end = 0;
  for (const { variant, weight } of list) {
    end += weight;
    if (bucket < end) return variant;
  }
  return null;
}

export const fractional: readonly (readonly [string, Operation])[] = [['fractional', distribute]];
