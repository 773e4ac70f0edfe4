// Which flags a change may give other answers, and which flags wait for a schedule: for protocols that tell clients what to
// forget. Names too many rather than too few.
import type { DocumentRef } from '@org/contract/gen/flags/v1/document';
import { documentIdText, type DocumentSet } from './document-set.ts';

/** The flags among the documents and all that depend on them, directly or not; 'all' when that cannot be told. */
export function flagsTouchedBy(
  documents: DocumentSet,
  touched: readonly DocumentRef[],
): ReadonlySet<string> | 'all' {
  const flags = new Set<string>();
  const seen = new Set<string>();
  const waiting = [...touched];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const id = documentIdText(next.kind, next.key);
    if (seen.has(id)) continue;
    seen.add(id);
    if (next.kind === 'flag') flags.add(next.key);
    if (next.kind === 'overlay') {
      const target = overlayTarget(documents.get('overlay', next.key));
      // Of an overlay that is gone nobody knows any more what it changed.
      if (target === undefined) return 'all';
      waiting.push({ kind: 'flag', key: target });
      continue;
    }
    for (const { kind, key } of documents.dependants(next.kind, next.key)) {
      // An overlay refers to its flag and changes nothing by it; by its eligibility it depends on segments.
      if (kind !== 'overlay' || next.kind !== 'flag') waiting.push({ kind, key });
    }
  }
  return flags;
}

/** Flags that a schedule is going to change by itself, as documents name them. */
export function flagsScheduled(documents: DocumentSet): ReadonlySet<string> {
  const flags = new Set<string>();
  for (const { document } of documents.ofKind('schedule')) {
    for (const change of listOf(document['changes'])) {
      if (!isRecord(change)) continue;
      const { kind, key } = change;
      const flag = kind === 'overlay' ? overlayTarget(change['document'] ?? {}) : key;
      if (typeof flag === 'string' && kind !== 'segment' && kind !== 'config') flags.add(flag);
    }
  }
  return flags;
}

function overlayTarget(overlay: unknown): string | undefined {
  const target = isRecord(overlay) ? overlay['target'] : undefined;
  const key = isRecord(target) ? target['key'] : undefined;
  return typeof key === 'string' ? key : undefined;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
