// Who refers to a document, in the state after a change: what an index of the state before knows, and the changed documents.
import { referencesOf } from './references.ts';
import type { DocumentId, DocumentLookup } from './types.ts';

export class Dependants {
  readonly #documents: DocumentLookup;
  readonly #referencesByName = new Map<string, ReadonlySet<string>>();
  readonly #usedByChanged = new Map<string, readonly DocumentId[]>();

  constructor(documents: DocumentLookup, changed: readonly DocumentId[]) {
    this.#documents = documents;
    for (const id of changed) {
      for (const name of this.#references(id)) {
        this.#usedByChanged.set(name, [...(this.#usedByChanged.get(name) ?? []), id]);
      }
    }
  }

  /** The documents and all that refer to them, directly or not. */
  withDependants(ids: readonly DocumentId[]): ReadonlyMap<string, DocumentId> {
    const affected = new Map(ids.map((id) => [nameOf(id), id]));
    // A map is visited in order of insertion, with what is added meanwhile.
    for (const id of affected.values()) {
      for (const dependant of this.of(id)) affected.set(nameOf(dependant), dependant);
    }
    return affected;
  }

  /** The index may name documents that no longer refer to this one, and does not know the changed ones. */
  of(id: DocumentId): readonly DocumentId[] {
    const name = nameOf(id);
    const known = new Map(
      (this.#usedByChanged.get(name) ?? []).map((dependant) => [nameOf(dependant), dependant]),
    );
    for (const { kind, key } of this.#documents.dependants(id.kind, id.key)) {
      const dependant = { kind, key };
      if (this.#references(dependant).has(name)) known.set(nameOf(dependant), dependant);
    }
    return [...known.values()];
  }

  #references(id: DocumentId): ReadonlySet<string> {
    const name = nameOf(id);
    const known = this.#referencesByName.get(name);
    if (known !== undefined) return known;
    const found = new Set(referencesOf(id.kind, this.#documents.get(id.kind, id.key)).map(nameOf));
    this.#referencesByName.set(name, found);
    return found;
  }
}

/** A document as the key of a map. */
export function nameOf({ kind, key }: DocumentId): string {
  return `${kind}/${key}`;
}
