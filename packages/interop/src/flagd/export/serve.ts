// Turns what a rule, an overlay or the default serves into JSONLogic: the name of a variant, or `fractional`.
import type { Overlay, RuleServe, Split } from '@org/contract/model';
import { overlayBuckets } from '@org/contract/model';
import { hasKnownMembers } from './known-members.ts';
import { allOf, call, exportSalted, isText, isUnit, variable, type Logic } from './logic.ts';
import { exportLogic } from './logic-tree.ts';
import { refuse, type ExportScope } from './scope.ts';

/** What is served, and the condition under which it can be: a split without a unit serves nobody. */
export interface ExportedServe {
  readonly when: Logic | undefined;
  readonly value: Logic;
  /** A split by flagd's own unit, which is null without it. */
  readonly isOfOwnUnit?: boolean;
  /** Can be null, which leaves it to the next rule. */
  readonly isOpen?: boolean;
}

/** Whose split it is. `isInlined`: it stands in another flag's targeting, where flagd would hash that flag's key. */
export interface Owner {
  readonly flagKey: string;
  readonly isInlined: boolean;
}

/** Undefined when flagd cannot express it (reported). */
export function exportServe(serve: RuleServe, owner: Owner, scope: ExportScope): ExportedServe | undefined {
  if ('logic' in serve) {
    const value = exportLogic(serve.logic, !owner.isInlined, scope);
    return value === undefined ? undefined : { when: undefined, value, isOpen: true };
  }
  if (!('split' in serve)) return { when: undefined, value: serve.variant };
  const { split } = serve;
  if (!hasKnownMembers('split', split, scope)) return undefined;
  const unit = exportUnit(split, split.salt ?? owner.flagKey, owner, scope);
  if (unit === undefined) return undefined;
  const entries = split.weights.map(({ variant, weight }) => [variant, weight]);
  return {
    when: unit.when,
    value: { fractional: [...unit.operand, ...entries] },
    isOfOwnUnit: unit.operand.length === 0,
  };
}

interface Unit {
  readonly when: Logic;
  /** The first operand of `fractional`; none where flagd's own unit is meant. */
  readonly operand: readonly Logic[];
}

function exportUnit(
  fields: Pick<Split, 'by' | 'kind'>,
  salt: string,
  { flagKey, isInlined }: Owner,
  scope: ExportScope,
): Unit | undefined {
  const { by = 'targetingKey', kind } = fields;
  const unit = variable(by, kind, scope);
  if (unit === undefined) return undefined;
  const isTargetingKey = (typeof by === 'string' ? by : by.join('.')) === 'targetingKey';
  if (isTargetingKey && salt === flagKey && !isInlined)
    return { when: allOf([isText(unit), call('!==', unit, '')]), operand: [] };
  const written: Logic = salt === flagKey && !isInlined ? { var: '$flagd.flagKey' } : salt;
  const salted = exportSalted(salt, written, unit, scope);
  return salted === undefined ? undefined : { when: isUnit(unit), operand: [salted] };
}

/** The condition that the unit's bucket is in the ranges of the overlay: a split over "in" and "out". */
export function exportRanges(
  key: string,
  overlay: Overlay,
  owner: Owner,
  scope: ExportScope,
): Logic | undefined {
  if (!hasKnownMembers('overlay', overlay, scope)) return undefined;
  const unit = exportUnit(overlay, overlay.salt ?? overlay.layer ?? key, owner, scope);
  if (unit === undefined) return undefined;
  const entries: (readonly [string, number])[] = [];
  let end = 0;
  const ranges = overlay.ranges.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  for (const { from, to } of ranges) {
    if (from < end) return refuse(scope, 'the ranges of an overlay overlap');
    if (from > end) entries.push(['out', from - end]);
    entries.push(['in', to - from]);
    end = to;
  }
  if (end < overlayBuckets) entries.push(['out', overlayBuckets - end]);
  return allOf([unit.when, call('===', { fractional: [...unit.operand, ...entries] }, 'in')]);
}
