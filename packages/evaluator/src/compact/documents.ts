// The documents of a compact evaluator, as they came; nothing of them is trusted here.
import type { Overlay } from '@org/contract/model';
import type { DocumentChange, DocumentId, EvaluatedDocument } from '../types.ts';

/** The documents of one revision after the other. */
export interface Documents {
  find<T>(kind: string, key: string): T | undefined;
  /** Of a flag, in the order of their keys. */
  overlaysOf(flagKey: string): readonly EvaluatedDocument[];
  /** The newest revision of the flag and all it depends on; 0 for an unknown one. */
  revisionOf(flagKey: string): number;
  flagKeys(): string[];
  load(documents: Iterable<EvaluatedDocument>): void;
  apply(change: DocumentChange): void;
}

export const createDocuments = (): Documents => {
  let documents = new Map<string, EvaluatedDocument>();
  let overlays = new Map<string, EvaluatedDocument[]>();

  const replace = (next: typeof documents): void => {
    documents = next;
    overlays = new Map();
    for (const found of [...next.values()].sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const target = (found.document as Overlay | null)?.target;
      if (target?.kind === 'flag') overlays.set(target.key, [...overlaysOf(target.key), found]);
    }
  };

  const overlaysOf: Documents['overlaysOf'] = (flagKey) => overlays.get(flagKey) ?? [];

  const newest = (id: string, seen: Set<string>): number => {
    const found = documents.get(id);
    if (!found || seen.has(id)) return 0;
    seen.add(id);
    const revisions = [found.revision];
    const { when, rules, prerequisites, eligibility } = (found.document ?? {}) as Readonly<
      Record<string, unknown>
    >;
    // A walk over every member: what a prerequisite's `flag` and a segment's `key` name.
    JSON.stringify(
      [when, rules, prerequisites, eligibility],
      (name, node: string & { op?: unknown; key?: string }) => {
        if (name === 'flag') revisions.push(newest(`flag/${node}`, seen));
        if (node?.op === 'segment') revisions.push(newest(`segment/${node.key}`, seen));
        return node;
      },
    );
    if (found.kind === 'flag') {
      for (const { key } of overlaysOf(found.key)) revisions.push(newest(`overlay/${key}`, seen));
    }
    return Math.max(...revisions);
  };

  return {
    find: <T>(kind: string, key: string) => documents.get(`${kind}/${key}`)?.document as T | undefined,
    overlaysOf,
    revisionOf: (flagKey) => newest(`flag/${flagKey}`, new Set()),
    flagKeys: () => [...documents.values()].filter(({ kind }) => kind === 'flag').map(({ key }) => key),
    load: (all) => replace(new Map(entriesOf(all))),
    apply({ upserts, deletes }) {
      const next = new Map([...documents, ...entriesOf(upserts)]);
      for (const id of deletes) next.delete(idOf(id));
      replace(next);
    },
  };
};

const idOf = ({ kind, key }: DocumentId): string => `${kind}/${key}`;
const entriesOf = (documents: Iterable<EvaluatedDocument>) =>
  Array.from(documents, (document) => [idOf(document), document] as const);
