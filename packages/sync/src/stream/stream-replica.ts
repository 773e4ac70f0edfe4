// The client's copy of a view behind a stream machine, in few bytes of code: documents, their hash, the evaluator. Changes
// as a whole or not at all: what does not hash to what the server said, or does not parse, never reaches the evaluator.
import { contentHash, emptyViewHash, entryHash } from '../hash.ts';
import type { ParsedDocument, ReplicaEvaluator } from '../replica.ts';
import type { Position, SyncDelta, SyncDocument, SyncDocumentRef, SyncSnapshot } from '../types.ts';

/** The documents of one view and where in history they stand. */
export interface StreamReplica {
  /** Absent before the first load. */
  readonly position: Position | undefined;
  /** What a load would make of this replica. */
  snapshot(): SyncSnapshot;
  /** False when it was refused: everything is as it was. */
  load(snapshot: SyncSnapshot): boolean;
  /** The same; the caller has seen to it that the delta follows the position. */
  apply(delta: SyncDelta): boolean;
}

/** An empty replica in front of an evaluator. */
export const createStreamReplica = (evaluator: ReplicaEvaluator): StreamReplica => {
  let documents = new Map<string, SyncDocument>();
  let position: Position | undefined;

  const change = (
    next: typeof documents,
    start: string,
    to: Position,
    { upserts, deletes }: Pick<SyncDelta, 'upserts' | 'deletes'>,
    evaluate: (parsed: readonly ParsedDocument[]) => void,
  ): boolean => {
    try {
      let sum = number(start);
      for (const ref of [...deletes, ...upserts]) {
        const before = next.get(idOf(ref));
        if (before) sum -= number(hashOf(before));
        next.delete(idOf(ref));
      }
      for (const document of upserts) {
        sum += number(hashOf(document));
        next.set(idOf(document), document);
      }
      if (BigInt.asUintN(64, sum) !== number(to.hash)) return false;
      evaluate(upserts.map(({ json, ...rest }) => ({ ...rest, document: JSON.parse(json) as unknown })));
      documents = next;
      position = { historyId: to.historyId, revision: to.revision, hash: to.hash };
      return true;
    } catch {
      return false;
    }
  };

  return {
    get position() {
      return position;
    },
    snapshot: () => ({ ...position!, documents: [...documents.values()] }),
    load: (snapshot) =>
      change(new Map(), emptyViewHash, snapshot, { upserts: snapshot.documents, deletes: [] }, (parsed) =>
        evaluator.load(parsed, snapshot.revision),
      ),
    apply: (delta) =>
      change(new Map(documents), position!.hash, delta, delta, (upserts) =>
        evaluator.apply({ upserts, deletes: delta.deletes, revision: delta.revision }),
      ),
  };
};

const idOf = ({ kind, key }: SyncDocumentRef): string => `${kind}/${key}`;
const hashOf = ({ kind, key, json }: SyncDocument): string => entryHash(kind, key, contentHash(json));
const number = (hash: string): bigint => BigInt(`0x${hash}`);
