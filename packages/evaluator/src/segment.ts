// Compiles a segment: lists of keys, then a condition.
import { compileReadUnit, type Condition } from './attributes.ts';
import { compileExpression, isKind, type ExpressionScope } from './expression.ts';
import { compileKeyMap, type KeyMap } from './key-set.ts';
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
  if (!isKind(kind)) findings.add('context_kind', '', 'kind');
  if (when === undefined || members === undefined || !isKind(kind)) return undefined;
  if (members === 'none') return when;
  const readUnit = compileReadUnit(undefined, kind);
  return (user, context, strict) => {
    const unit = readUnit(user, context, strict);
    const listed = unit === undefined ? undefined : members.get(unit);
    return listed ?? when(user, context, strict);
  };
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
