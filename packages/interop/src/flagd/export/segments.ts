// Segments: as shared evaluators where flagd can resolve a reference, otherwise written out where they are used.
import type { Segment } from '@org/contract/model';
import { exportCondition } from './condition.ts';
import { hasKnownMembers } from './known-members.ts';
import { exportLogic } from './logic-tree.ts';
import { allOf, anyOf, call, isOneOfTexts, variable, type Logic } from './logic.ts';
import { refuse, type ExportScope } from './scope.ts';

/** The condition that the context belongs to the segment. */
export function exportSegmentTest(key: string, scope: ExportScope): Logic | undefined {
  const segment = scope.documents.segments.get(key);
  // In a condition, logic is evaluated for no flag; in flagd always for the one that uses it.
  if (
    segment?.when.op === 'logic' &&
    'logic' in segment.when &&
    exportLogic(segment.when.logic, false, scope) === undefined
  )
    return undefined;
  return referSegment(key, scope);
}

/** The segment's condition, or its logic: by reference where that can be. */
export function referSegment(key: string, scope: ExportScope): Logic | undefined {
  const segment = scope.documents.segments.get(key);
  const name = `segment ${key}`;
  if (segment === undefined || scope.open.has(name)) return refuse(scope, `it uses the segment "${key}"`);
  const inner = { ...scope, references: undefined, open: new Set([...scope.open, name]) };
  const condition = exportSegment(segment, inner);
  if (condition === undefined || scope.references === undefined || !isReferable(key, condition))
    return condition;
  scope.references.add(key);
  return { $ref: key };
}

/** flagd puts evaluators in by replacing text: only plain names and objects without `$` survive that in every language. */
const isReferable = (key: string, condition: Logic): boolean =>
  /^[\w-]+$/.test(key) && typeof condition === 'object' && !JSON.stringify(condition).includes('$');

/** A segment: excluded keys, included keys, and its condition for all others. */
export function exportSegment(segment: Segment, scope: ExportScope): Logic | undefined {
  if (!hasKnownMembers('segment', segment, scope)) return undefined;
  const { included = [], excluded = [], kind } = segment;
  const when = exportWhen(segment, scope);
  if (when === undefined || (included.length === 0 && excluded.length === 0)) return when;
  const unit = variable('targetingKey', kind, scope);
  if (unit === undefined) return undefined;
  const belongs = included.length === 0 ? when : anyOf([isOneOfTexts(unit, included), when]);
  return excluded.length === 0 ? belongs : allOf([call('!', isOneOfTexts(unit, excluded)), belongs]);
}

function exportWhen({ when }: Segment, scope: ExportScope): Logic | undefined {
  return when.op === 'logic' && 'logic' in when
    ? exportLogic(when.logic, true, scope)
    : exportCondition(when, scope);
}
