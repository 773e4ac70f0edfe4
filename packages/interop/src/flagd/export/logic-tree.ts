// Takes the logic of our documents over as it is; only references to segments are looked at.
import type { JsonValue, Segment } from '@org/contract/model';
import { isRecord } from '../json-logic.ts';
import { referenceOf } from '../fragments.ts';
import { exportSegmentTest, referSegment } from './segments.ts';
import { call, type Logic } from './logic.ts';
import { count, refuse, type ExportScope } from './scope.ts';

/** Undefined when flagd would answer something else (reported). `isOfFlag`: flagd evaluates it for the flag that it is of. */
export function exportLogic(tree: JsonValue, isOfFlag: boolean, scope: ExportScope): Logic | undefined {
  if (!isOfFlag && /"(?:fractional|\$flagd[^"]*)":?/.test(JSON.stringify(tree)))
    return refuse(scope, 'its logic reads the key of the flag, which flagd takes for another one here');
  return copy(tree, false, scope);
}

/** Operators that read elements of a list where the context is read otherwise. */
const listOperators = new Set(['map', 'filter', 'reduce', 'all', 'none', 'some']);

function copy(node: JsonValue, isInList: boolean, scope: ExportScope): Logic | undefined {
  if (!count(scope)) return undefined;
  if (Array.isArray(node)) {
    const copied = (node as readonly JsonValue[]).map((item) => copy(item, isInList, scope));
    return copied.every((item) => item !== undefined) ? copied : undefined;
  }
  if (!isRecord(node)) return node;
  const name = referenceOf(node);
  if (name !== undefined) return copyReference(name, isInList, scope);
  const entries = Object.entries(node as Record<string, JsonValue>).map(
    ([key, value]) => [key, copy(value, isInList || listOperators.has(key), scope)] as const,
  );
  return entries.every((entry): entry is [string, Logic] => entry[1] !== undefined)
    ? Object.fromEntries(entries)
    : undefined;
}

/** Such a segment has a truth, and no value. */
const listsKeys = ({ included, excluded, includedLists, excludedLists }: Segment): boolean =>
  [included, excluded, includedLists, excludedLists].some((list) => list !== undefined && list.length > 0);

/** A segment of logic stands for what it answers; any other for true or false, about the whole context. */
function copyReference(key: string, isInList: boolean, scope: ExportScope): Logic | undefined {
  const segment = scope.documents.segments.get(key);
  if (segment?.when.op === 'logic' && !listsKeys(segment)) return referSegment(key, scope);
  if (isInList) return refuse(scope, `it uses the segment "${key}" inside of a list operator`);
  const condition = exportSegmentTest(key, scope);
  return condition === undefined ? undefined : call('!!', condition);
}
