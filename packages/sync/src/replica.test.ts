// Whole or not at all: what the replica refuses never reaches the evaluator.
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { createReplica } from './replica.ts';
import { createMapEvaluator } from './testing/map-evaluator.ts';
import { hashOfDocuments } from './testing/truth.ts';
import type { SyncDelta, SyncDocument, SyncSnapshot } from './types.ts';

const documents: readonly SyncDocument[] = Array.from({ length: 5 }, (_, index) => ({
  kind: 'flag',
  key: `key-${index}`,
  revision: 1,
  json: canonicalJson({ on: index % 2 === 0, text: 'ünïcode' }),
}));
const snapshot: SyncSnapshot = { historyId: 'h', revision: 1, hash: hashOfDocuments(documents), documents };
const changed: SyncDocument = { kind: 'flag', key: 'key-0', revision: 2, json: '{"on":null}' };
const delta: SyncDelta = {
  historyId: 'h',
  previousRevision: 1,
  revision: 2,
  hash: hashOfDocuments([changed, ...documents.slice(2)]),
  upserts: [changed],
  deletes: [{ kind: 'flag', key: 'key-1' }],
  truncated: false,
};

const loaded = () => {
  const evaluator = createMapEvaluator();
  const replica = createReplica(evaluator);
  expect(replica.load(snapshot)).toMatchObject({ ok: true });
  return { evaluator, replica };
};

describe('replica', () => {
  it('keeps hash, documents and evaluator in step', () => {
    const { evaluator, replica } = loaded();
    expect(replica.apply(delta)).toEqual({
      ok: true,
      position: { historyId: 'h', revision: 2, hash: delta.hash },
      problems: [],
    });
    expect(evaluator.hash()).toBe(delta.hash);
    expect(hashOfDocuments(replica.documents())).toBe(delta.hash);
  });

  it('goes on hashing right without keeping texts', () => {
    const replica = createReplica(createMapEvaluator(), false);
    replica.load(snapshot);
    expect(replica.apply(delta)).toMatchObject({ ok: true });
    expect([...replica.documents()]).toEqual([]);
  });

  it('refuses a document with any single character changed', () => {
    const { evaluator, replica } = loaded();
    const before = evaluator.hash();
    for (let index = 0; index < changed.json.length; index += 1) {
      const json = `${changed.json.slice(0, index)}#${changed.json.slice(index + 1)}`;
      expect(replica.apply({ ...delta, upserts: [{ ...changed, json }] })).toEqual({
        ok: false,
        reason: 'hash',
      });
    }
    expect(evaluator.hash()).toBe(before);
    expect(replica.apply(delta)).toMatchObject({ ok: true });
  });

  it.each<[string, Partial<SyncDelta>, string]>([
    ['a lost upsert', { upserts: [] }, 'hash'],
    ['a lost delete', { deletes: [] }, 'hash'],
    ['a wrong hash', { hash: '0'.repeat(16) }, 'hash'],
    ['the same document twice', { upserts: [changed, changed] }, 'content'],
    ['a document both changed and deleted', { deletes: [{ kind: 'flag', key: 'key-0' }] }, 'content'],
    ['no list at all', { upserts: undefined as never }, 'content'],
  ])('refuses a delta with %s', (_, rest, reason) => {
    const { evaluator, replica } = loaded();
    expect(replica.apply({ ...delta, ...rest })).toEqual({ ok: false, reason });
    expect(evaluator.hash()).toBe(snapshot.hash);
    expect(replica.position?.revision).toBe(1);
  });

  it('refuses undamaged text that is not JSON, whole', () => {
    const { evaluator, replica } = loaded();
    const broken = { ...changed, json: '{"on":' };
    const result = replica.apply({
      ...delta,
      upserts: [broken],
      deletes: [],
      hash: hashOfDocuments([broken, ...documents.slice(1)]),
    });
    expect(result).toEqual({ ok: false, reason: 'content' });
    expect(evaluator.hash()).toBe(snapshot.hash);
  });

  it('refuses a snapshot that names a document twice', () => {
    const twice = [...documents, documents[0]!];
    expect(
      createReplica(createMapEvaluator()).load({
        ...snapshot,
        documents: twice,
        hash: hashOfDocuments(twice),
      }),
    ).toEqual({
      ok: false,
      reason: 'content',
    });
  });

  it('takes keys such as __proto__ for what they are', () => {
    const odd = ['__proto__', 'constructor', 'toString'].map((key) => ({
      kind: 'flag',
      key,
      revision: 1,
      json: '{}',
    }));
    const { replica } = loaded();
    expect(replica.load({ ...snapshot, documents: odd, hash: hashOfDocuments(odd) })).toMatchObject({
      ok: true,
    });
    expect(Array.from(replica.documents(), ({ key }) => key)).toEqual(odd.map(({ key }) => key));
  });
});
