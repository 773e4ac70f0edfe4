// The evaluator's public face: documents in, answers out. Pure: no I/O, no clock, no random, no dependency.
export { bucketOf } from './bucket.ts';
export { checkDocument } from './check-document.ts';
export { checkReferences } from './check-references.ts';
export { createEvaluator } from './evaluator.ts';
export type { Logic } from './logic-port.ts';
export {
  chunkBytesMax,
  chunkCountOf,
  decodeChunk,
  encodeChunks,
  hashesOf,
  listMembersMax,
  memberHash,
  memberSetOf,
} from './lists/chunks.ts';
export { chunksOf } from './lists/list.ts';
export { memberHigh, memberLow } from './lists/member-hash.ts';
export { createMemberSet, type MemberSet } from './lists/member-set.ts';
export { murmur3 } from './murmur3.ts';
export { foldCase } from './values/fold-case.ts';
export type { OverlayReport } from './overlay.ts';
export { referencesOf } from './references.ts';
export type { StickyPort } from './sticky.ts';
export type {
  DocumentChange,
  DocumentId,
  DocumentLookup,
  DocumentProblem,
  EvaluatedDocument,
  CheckOptions,
  Evaluator,
  EvaluatorOptions,
  FlagHandle,
  OnMeasured,
  Outcome,
  ReportingEvaluator,
} from './types.ts';
