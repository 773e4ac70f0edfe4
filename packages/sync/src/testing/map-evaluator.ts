// The simplest evaluator: keeps parsed documents, and tells what they hash to. For tests only.
import { canonicalJson } from '../canonical-json.ts';
import type { ReplicaEvaluator } from '../replica.ts';
import { hashOfDocuments } from './truth.ts';

export const createMapEvaluator = (): ReplicaEvaluator & { hash(): string } => {
  const documents = new Map<string, { kind: string; key: string; revision: number; document: unknown }>();
  return {
    load(loaded) {
      documents.clear();
      for (const document of loaded) documents.set(document.key, document);
      return [];
    },
    apply({ upserts, deletes }) {
      for (const { key } of deletes) documents.delete(key);
      for (const document of upserts) documents.set(document.key, document);
      return [];
    },
    hash: () =>
      hashOfDocuments(
        Array.from(documents.values(), ({ document, ...rest }) => ({
          ...rest,
          json: canonicalJson(document),
        })),
      ),
  };
};
