// What an import answers with: documents to commit, and everything that could not be taken as it was.
import type { Flag, Segment } from '@org/contract/model';

/** A document to commit. */
export type ImportedDocument =
  | { readonly kind: 'flag'; readonly key: string; readonly document: Flag }
  | { readonly kind: 'segment'; readonly key: string; readonly document: Segment };

/** One thing of the definition that is not, or not quite, in the documents. */
export interface ImportFinding {
  /** Where in the definition, e.g. `flags.banner.targeting.if[0]`. */
  readonly path: string;
  /** `left-out`: nothing of it was taken. `changed`: it was taken and can answer differently in the case the message names. */
  readonly effect: 'left-out' | 'changed';
  /** A sentence for people: what, and why. */
  readonly message: string;
}

/** The outcome of an import. */
export interface ImportResult {
  readonly documents: readonly ImportedDocument[];
  readonly findings: readonly ImportFinding[];
}
