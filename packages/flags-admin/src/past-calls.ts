// The past of an environment: its documents at any revision, and notes on revisions.
import type { Calls, ListOptions } from './calls.ts';
import type { DocumentRef } from './model.ts';
import type { Pages } from './pages.ts';
import { count, readRef, text, type Message } from './read-messages.ts';
import type { CallOptions } from './transport.ts';

/** A document as it was. */
export interface PastDocument extends DocumentRef {
  /** The revision that had changed it last. */
  readonly revision: number;
  readonly document: Readonly<Record<string, unknown>>;
}

/** A note on a revision. */
export interface Annotation {
  readonly number: number;
  readonly revision: number;
  readonly text: string;
  readonly author: string;
  readonly principalId: string;
  readonly principalName: string;
  readonly at: string;
}

export interface PastCalls {
  /** The documents as they were at a revision, by kind and key; 0: the empty environment. @throws NotFoundError */
  stateAt(revision: number, options?: ListOptions & { readonly kind?: string }): Pages<PastDocument>;
  /** Leaves a note, which nobody can change. @throws NotFoundError */
  annotate(
    revision: number,
    text: string,
    options?: CallOptions & { readonly author?: string },
  ): Promise<Annotation>;
  /** Newest first; of one revision or of all. */
  annotations(options?: ListOptions & { readonly revision?: number }): Pages<Annotation>;
}

export const pastCalls = ({ make, pages }: Calls, ownAuthor: string): PastCalls => ({
  stateAt: (revision, options = {}) =>
    pages('HistoryService/GetState', 'documents', readPast, { ...options, revision }),
  annotate: async (revision, note, { author = ownAuthor, ...options } = {}) =>
    readAnnotation(await make('HistoryService/Annotate', { revision, text: note, author }, options)),
  annotations: (options = {}) =>
    pages('HistoryService/ListAnnotations', 'annotations', readAnnotation, { ...options }),
});

const readPast = (from: Message): PastDocument => ({
  ...readRef(from),
  revision: count(from['revision']),
  document: JSON.parse(text(from['json'])) as Readonly<Record<string, unknown>>,
});

const readAnnotation = (from: Message): Annotation => ({
  number: count(from['number']),
  revision: count(from['revision']),
  text: text(from['text']),
  author: text(from['author']),
  principalId: text(from['principalId']),
  principalName: text(from['principalName']),
  at: text(from['at']),
});
