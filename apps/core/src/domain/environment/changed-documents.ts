// The documents as they would be after a change that is not made yet: a thin layer over what is live.
import { referencesOf, type DocumentId } from '@org/evaluator';
import { documentIdText, type DocumentSource, type HeldDocument } from './document-set.ts';

/** A document's new state; `after` undefined removes it. */
export interface DocumentChange extends DocumentId {
  readonly after: HeldDocument | undefined;
}

/** Reads through to `base` for everything that the changes do not touch. Costs as much as the changes. */
export function changedDocuments(base: DocumentSource, changes: readonly DocumentChange[]): DocumentSource {
  const changed = new Map<string, HeldDocument | undefined>();
  const newDependants = new Map<string, DocumentId[]>();
  for (const { kind, key, after } of changes) {
    changed.set(documentIdText(kind, key), after);
    if (after === undefined) continue;
    for (const reference of referencesOf(kind, after.document)) {
      const target = documentIdText(reference.kind, reference.key);
      newDependants.set(target, [...(newDependants.get(target) ?? []), after]);
    }
  }
  const held = (kind: string, key: string): HeldDocument | undefined => {
    const id = documentIdText(kind, key);
    return changed.has(id) ? changed.get(id) : base.held(kind, key);
  };
  return {
    held,
    get: (kind, key) => held(kind, key)?.document,
    *ofKind(kind) {
      for (const document of base.ofKind(kind)) {
        if (!changed.has(documentIdText(document.kind, document.key))) yield document;
      }
      for (const document of changed.values()) if (document?.kind === kind) yield document;
    },
    *dependants(kind, key) {
      for (const dependant of base.dependants(kind, key)) {
        if (!changed.has(documentIdText(dependant.kind, dependant.key))) yield dependant;
      }
      yield* newDependants.get(documentIdText(kind, key)) ?? [];
    },
  };
}
