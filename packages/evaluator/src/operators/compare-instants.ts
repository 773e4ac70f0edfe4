// What `before` and `after` share: the operand, an instant that is fixed or relative to the time of the evaluation.
import type { Findings } from '../findings.ts';
import { isRecord, own, type UntrustedRecord } from '../untrusted.ts';
import { durationOf, instantOf } from '../values/instant.ts';
import { takeValue } from './operands.ts';
import { defineOperator, type Operator } from './operator.ts';

/** Milliseconds since 1970, or to be added to the time of the evaluation. */
interface Bound {
  readonly at: number;
  readonly isRelative: boolean;
}

/** An operator that compares an attribute with an instant. */
export function instantOperator(
  name: string,
  compare: (instant: number, bound: number) => boolean,
): Operator {
  return defineOperator<Bound>({
    name,
    members: ['value'],
    operand: takeBound,
    compile({ at, isRelative }, { now }) {
      if (!isRelative) return (value) => compare(instantOf(value), at);
      if (now === undefined) return () => false;
      return (value) => compare(instantOf(value), now() + at);
    },
    cost: () => 20,
  });
}

function takeBound(test: UntrustedRecord, findings: Findings): Bound | undefined {
  return takeValue(test, findings, 'operand_instant', (value) => {
    const at = isRecord(value) ? relativeOf(value) : instantOf(value);
    return Number.isNaN(at) ? undefined : { at, isRelative: isRecord(value) };
  });
}

/** Exactly one of `ago` and `ahead`, a duration. */
function relativeOf(value: UntrustedRecord): number {
  const [name, ...others] = Object.keys(value);
  if (others.length > 0) return NaN;
  if (name === 'ago') return -durationOf(own(value, name));
  return name === 'ahead' ? durationOf(own(value, name)) : NaN;
}
