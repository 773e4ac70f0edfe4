// Simple facts about documents that nobody has checked. Never throws on parsed JSON.
import { isRecord, own, ownList } from './untrusted.ts';

/** True for a flag that browsers evaluate themselves. */
export function isLocalInBrowsers(flag: unknown): boolean {
  return isRecord(flag) && own(flag, 'clientVisible') === true && own(flag, 'remoteEvaluation') !== true;
}

/** The names of a flag's variants; undefined when there is no such flag. */
export function variantsOf(flag: unknown): readonly unknown[] | undefined {
  if (!isRecord(flag)) return undefined;
  const variants = own(flag, 'variants');
  return isRecord(variants) ? Object.keys(variants) : [];
}

/** The logic tree that a segment's condition is; undefined for other segments, and for those that list keys as well. */
export function logicOf(segment: unknown): unknown {
  const lists = ['included', 'excluded', 'includedLists', 'excludedLists'];
  if (!isRecord(segment) || lists.some((name) => ownList(segment, name).length > 0)) return undefined;
  const when = own(segment, 'when');
  return isRecord(when) && own(when, 'op') === 'logic' ? own(when, 'logic') : undefined;
}
