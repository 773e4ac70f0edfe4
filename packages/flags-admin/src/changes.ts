// Changes of an environment: drafts of whole documents, and removals. What a commit is made of.
import type { DocumentKind, DocumentKinds } from '@org/contract/model';
import { InvalidError, type FieldViolation } from './errors.ts';

/** A document to be written. Every builder is one; so is a plain object of this shape. */
export interface DocumentDraft<K extends DocumentKind = DocumentKind> {
  readonly kind: K;
  readonly key: string;
  readonly document: DocumentKinds[K];
  /** Refused when the document is no longer at this revision; 0: when it exists. Left out: not checked. */
  readonly expectedRevision?: number | undefined;
}

/** A document to be removed. */
export interface Removal {
  readonly kind: DocumentKind;
  readonly key: string;
  readonly remove: true;
  readonly expectedRevision?: number | undefined;
}

type AnyDraft = { [K in DocumentKind]: DocumentDraft<K> }[DocumentKind];
export type DocumentChange = AnyDraft | Removal;

/** Removes a document; with a revision, only while it is still at that one. */
export const remove = (kind: DocumentKind, key: string, expectedRevision?: number): Removal => ({
  kind,
  key,
  remove: true,
  expectedRevision,
});

/** The change as the contract has it. */
export const wireChange = (change: DocumentChange): object => ({
  kind: change.kind,
  key: change.key,
  ...('remove' in change ? { delete: true } : { document: change.document }),
  ...(change.expectedRevision === undefined ? {} : { expectedDocumentRevision: change.expectedRevision }),
});

const fieldOfChange = /^changes\[(\d+)\](?:\.document)?\.?(.*)$/;

/** The same error, with the document that each violation is about. */
export function nameDocuments(error: unknown, changes: readonly DocumentChange[]): unknown {
  if (!(error instanceof InvalidError)) return error;
  const violations = error.violations.map((violation): FieldViolation => {
    const [, index, path = ''] = fieldOfChange.exec(violation.field) ?? [];
    const change = changes[Number(index)];
    return change ? { ...violation, kind: change.kind, key: change.key, path } : violation;
  });
  return new InvalidError(error.message, { ...error, violations, cause: error });
}
