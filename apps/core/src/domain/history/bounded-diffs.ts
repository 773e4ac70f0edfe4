// The diffs of one answer, never more than a client takes (gRPC clients take 4 MiB unless told otherwise) and never more
// than that in memory: an answer that is too large would hide from a caller that its commit was made.
import { limits } from '@org/contract';
import { DocumentDiff } from '@org/contract/gen/flags/v1/document';
import type { ChangeRow } from '../../store/history-store.ts';
import { documentDiff } from './document-diff.ts';

/** Diffs of one answer. */
export const diffsMax = limits.changesPerCommitMax;
/** Bytes of protobuf of whole diffs, and of what is left of the others; kind, key and references come on top. */
const wholeBytesMax = 2 * 1024 * 1024;
const summaryBytesMax = 512 * 1024;

/** The first ones whole, the ones that no longer fit with kind, key and summary only. `more`: not all are there. */
export async function boundedDiffs(
  rows: AsyncIterable<ChangeRow> | Iterable<ChangeRow>,
): Promise<{ readonly diffs: DocumentDiff[]; readonly more: boolean }> {
  const room = { whole: wholeBytesMax, summaries: summaryBytesMax };
  const diffs: DocumentDiff[] = [];
  for await (const row of rows) {
    if (diffs.length === diffsMax) return { diffs, more: true };
    diffs.push(fitted(row, room));
  }
  return { diffs, more: false };
}

function fitted(row: ChangeRow, room: { whole: number; summaries: number }): DocumentDiff {
  const diff = documentDiff(row);
  // Protobuf takes no fewer bytes than JSON has characters, nearly: what is surely too large is not encoded for nothing.
  const bytes =
    sizeOf(row) > room.whole ? Number.POSITIVE_INFINITY : DocumentDiff.encode(diff).finish().length;
  if (bytes <= room.whole) {
    room.whole -= bytes;
    return diff;
  }
  const { kind, key, summary } = diff;
  const summaryBytes = summary.reduce((sum, line) => sum + Buffer.byteLength(line) + 4, 0);
  const short = summaryBytes <= room.summaries ? summary : [];
  room.summaries -= summaryBytes <= room.summaries ? summaryBytes : 0;
  return DocumentDiff.create({ kind, key, summary: short, truncated: true });
}

const sizeOf = ({ beforeJson = '', afterJson = '' }: ChangeRow): number =>
  beforeJson.length + afterJson.length;
