// The evaluator's public face: documents in, answers out. Pure: no I/O, no clock, no random, no dependency.
export type {
  DocumentChange,
  DocumentId,
  DocumentLookup,
  DocumentProblem,
  EvaluatedDocument,
  Evaluator,
  EvaluatorOptions,
  FlagHandle,
  Outcome,
} from './types.ts';
import type { DocumentId, DocumentLookup, DocumentProblem, Evaluator, EvaluatorOptions } from './types.ts';

/** Makes an empty evaluator: every flag answers PROVIDER_NOT_READY until the first load. */
export declare function createEvaluator(options?: EvaluatorOptions): Evaluator;
/** Checks one document by itself; finds everything that `load` would refuse, and says it in sentences. */
export declare function checkDocument(kind: string, key: string, document: unknown): readonly DocumentProblem[];
/** Checks what changed documents refer to and what refers to them, in the state after the change. */
export declare function checkReferences(documents: DocumentLookup, changed: readonly DocumentId[]): readonly DocumentProblem[];
/** What a document refers to: flags, segments, and the layer of an overlay as kind `layer`. For keeping an index of dependants. */
export declare function referencesOf(kind: string, document: unknown): readonly DocumentId[];
/** MurmurHash3 x86 32-bit over the UTF-8 bytes of the text, unsigned. */
export declare function murmur3(text: string, seed?: number): number;
/** `floor(hash * totalWeight / 2^32)`, exactly; hash unsigned, totalWeight up to 2,147,483,647. */
export declare function bucketOf(hash: number, totalWeight: number): number;
