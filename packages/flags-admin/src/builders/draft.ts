// What every builder is: a document in the making, which never changes; each method answers with another one.
import type { DocumentKind, DocumentKinds } from '@org/contract/model';
import type { DocumentDraft } from '../changes.ts';

/** The base of all builders; a new kind of document extends it. `Self` is the builder itself. */
export abstract class Draft<K extends DocumentKind, Self> implements DocumentDraft<K> {
  abstract readonly kind: K;
  readonly key: string;
  /** The document as it stands. */
  readonly document: DocumentKinds[K];
  readonly expectedRevision: number | undefined;

  protected constructor(key: string, document: DocumentKinds[K], expectedRevision: number | undefined) {
    this.key = key;
    this.document = document;
    this.expectedRevision = expectedRevision;
  }

  /** A builder like this one around another document. */
  protected abstract make(document: DocumentKinds[K], expectedRevision: number | undefined): Self;

  /** Sets members of the document as they are in the contract; `undefined` removes one. */
  with(members: { readonly [Name in keyof DocumentKinds[K]]?: DocumentKinds[K][Name] | undefined }): Self {
    const entries = Object.entries({ ...this.document, ...members }).filter(
      ([, value]) => value !== undefined,
    );
    return this.make(Object.fromEntries(entries) as unknown as DocumentKinds[K], this.expectedRevision);
  }

  /** The commit is refused when the document is no longer at this revision; 0: when it exists. */
  expect(revision: number): Self {
    return this.make(this.document, revision);
  }
}
