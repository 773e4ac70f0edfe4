// Compiles a segment: keys and lists, then a condition.
import { compileReadUnit, type Condition, type ReadUnit } from './attributes.ts';
import { compileExpression, isKind, type ExpressionScope } from './expression.ts';
import { compileKeyMap, type KeyMap } from './key-set.ts';
import { limits } from './limits.ts';
import { memberHigh, memberLow } from './lists/member-hash.ts';
import type { MemberSet } from './lists/member-set.ts';
import { isRecord, own, type UntrustedRecord } from './untrusted.ts';

/** Undefined after something was reported. */
export function compileSegment(document: unknown, scope: ExpressionScope): Condition | undefined {
  const { findings } = scope;
  if (!isRecord(document)) {
    findings.add('document');
    return undefined;
  }
  findings.enter('when');
  const when = compileExpression(own(document, 'when'), scope)?.condition;
  findings.leave();
  const kind = own(document, 'kind');
  const members = compileMembers(document, scope);
  const lists = compileLists(document, scope);
  if (!isKind(kind)) findings.add('context_kind', '', 'kind');
  if (when === undefined || members === undefined || lists === undefined || !isKind(kind)) return undefined;
  const readUnit = compileReadUnit(undefined, kind);
  if (lists !== 'none') return withLists(readUnit, members, lists, when);
  if (members === 'none') return when;
  return (user, context, strict) => {
    const unit = readUnit(user, context, strict);
    const listed = unit === undefined ? undefined : members.get(unit);
    return listed ?? when(user, context, strict);
  };
}

/** Excluded keys and lists before included ones, whatever they are in. */
function withLists(
  readUnit: ReadUnit,
  members: KeyMap<boolean> | 'none',
  { excluded, included }: SegmentLists,
  when: Condition,
): Condition {
  return (user, context, strict) => {
    const unit = readUnit(user, context, strict);
    if (unit === undefined) return when(user, context, strict);
    const listed = members === 'none' ? undefined : members.get(unit);
    if (listed === false) return false;
    const high = memberHigh(unit);
    const low = memberLow(unit);
    if (isInOne(excluded, high, low)) return false;
    return listed === true || isInOne(included, high, low) || when(user, context, strict);
  };
}

function isInOne(lists: readonly MemberSet[], high: number, low: number): boolean {
  for (let i = 0; i < lists.length; i++) if (lists[i]!.has(high, low)) return true;
  return false;
}

interface SegmentLists {
  readonly excluded: readonly MemberSet[];
  readonly included: readonly MemberSet[];
}

function compileLists(document: UntrustedRecord, scope: ExpressionScope): SegmentLists | 'none' | undefined {
  const excluded = takeLists(document, 'excludedLists', scope);
  const included = takeLists(document, 'includedLists', scope);
  if (excluded === undefined || included === undefined) return undefined;
  return excluded.length + included.length === 0 ? 'none' : { excluded, included };
}

function takeLists(
  document: UntrustedRecord,
  name: string,
  scope: ExpressionScope,
): readonly MemberSet[] | undefined {
  const keys = own(document, name) ?? [];
  const { findings } = scope;
  if (!isKeyList(keys) || keys.length > limits.segmentListsMax) {
    findings.add('list_keys', '', name);
    return undefined;
  }
  const lists = keys.flatMap((key, index) => {
    findings.enter(name);
    const found = scope.list(key);
    if (found === undefined) findings.add('unknown_list', key, index);
    findings.leave();
    scope.tests++;
    return found ?? [];
  });
  return lists.length === keys.length ? lists : undefined;
}

/** False for excluded keys, true for included ones; excluded wins. */
function compileMembers(
  document: UntrustedRecord,
  scope: ExpressionScope,
): KeyMap<boolean> | 'none' | undefined {
  const { findings } = scope;
  const excluded = takeKeys(document, 'excluded', scope);
  const included = takeKeys(document, 'included', scope);
  const hashed = own(document, 'hashed');
  if (hashed !== undefined && typeof hashed !== 'string') findings.add('hashed', '', 'hashed');
  if (!excluded || !included || (hashed !== undefined && typeof hashed !== 'string')) return undefined;
  if (excluded.length + included.length === 0) return 'none';
  const entries = [
    ...excluded.map((key) => [key, false] as const),
    ...included.map((key) => [key, true] as const),
  ];
  return compileKeyMap(entries, hashed, scope.digest);
}

function takeKeys(
  document: UntrustedRecord,
  name: string,
  scope: ExpressionScope,
): readonly string[] | undefined {
  const keys = own(document, name) ?? [];
  if (isKeyList(keys)) return keys;
  scope.findings.add('keys', '', name);
  return undefined;
}

/** True for a list of targeting keys. */
export function isKeyList(keys: unknown): keys is readonly string[] {
  return Array.isArray(keys) && keys.every((key) => typeof key === 'string');
}
