// Lists of many members: their chunks, their members, and segments that use them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash64 } from '@org/sync';
import {
  chunkCountOf,
  createEvaluator,
  createMemberSet,
  decodeChunk,
  encodeChunks,
  hashesOf,
  memberHash,
  memberHigh,
  memberLow,
  type EvaluatedDocument,
} from '../index.ts';

const sortedHashes = (ids: readonly string[]): BigUint64Array =>
  BigUint64Array.from(new Set(ids.map(memberHash))).sort();
const membersOf = (chunks: readonly Uint8Array[]) =>
  createMemberSet(chunks.map((chunk) => decodeChunk(chunk)!));
const hasId = (members: ReturnType<typeof createMemberSet>, id: string) =>
  members.has(memberHigh(id), memberLow(id));
const idsOf = (count: number, prefix = 'user'): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe('the members of a list', () => {
  it('are hashed as documents are, and numbers as their digits', () => {
    for (const id of ['user-1', 'ö€😀', '']) expect(memberHash(id)).toBe(BigInt(`0x${hash64(id)}`));
    expect([memberHigh(42), memberLow(42)]).toEqual([memberHigh('42'), memberLow('42')]);
  });

  it.each([0, 1, 1_024, 1_025, 5_000])('come back from their chunks: %d of them', (count) => {
    const hashes = sortedHashes(idsOf(count));
    const chunks = encodeChunks(hashes);
    expect(chunks.length).toBe(chunkCountOf(count));
    expect(chunks.flatMap((chunk) => [...hashesOf(decodeChunk(chunk)!)])).toEqual([...hashes]);
    const members = membersOf(chunks);
    expect(idsOf(count).filter((id) => !hasId(members, id))).toEqual([]);
    expect(idsOf(5_000, 'other').filter((id) => hasId(members, id))).toEqual([]);
  });

  it('are found by any hashes at the ends of chunks', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), { maxLength: 40 }),
        fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
        (hashes, other) => {
          const ends = [0n, 0xffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn];
          const all = BigUint64Array.from(new Set([...hashes, ...ends])).sort();
          const members = membersOf(encodeChunks(all));
          const has = (hash: bigint) => members.has(Number(hash >> 32n) | 0, Number(hash & 0xffff_ffffn) | 0);
          expect([...all].every(has)).toBe(true);
          expect(has(other)).toBe(all.includes(other));
        },
      ),
      { seed: 20261120 },
    );
  });

  it('change only the chunks they are in', () => {
    const before = encodeChunks(sortedHashes(idsOf(9_000)));
    const after = encodeChunks(sortedHashes([...idsOf(9_000), 'one more']));
    const changed = after.filter((chunk, index) => Buffer.compare(chunk, before[index]!) !== 0);
    expect([after.length, changed.length]).toEqual([16, 1]);
  });

  it('are not read from damaged chunks', () => {
    const [chunk] = encodeChunks(sortedHashes(['a', 'b']));
    expect(decodeChunk(chunk!.subarray(1))).toBeUndefined();
    expect(decodeChunk(Uint8Array.from([...chunk!.subarray(8), ...chunk!.subarray(0, 8)]))).toBeUndefined();
    expect(decodeChunk(new Uint8Array(256 * 1024 + 8))).toBeUndefined();
  });
});

describe('a segment with lists', () => {
  const lists: Readonly<Record<string, readonly string[]>> = { many: ['a', 'b', '42'], never: ['b', 'x'] };
  const members = ([name]: readonly string[]) => {
    const ids = lists[name ?? ''];
    return ids && membersOf(encodeChunks(sortedHashes(ids)));
  };
  const list = (name: string): EvaluatedDocument => ({
    kind: 'list',
    key: name,
    revision: 1,
    document: { count: 1, chunks: [name] },
  });
  const documents = (segment: object): readonly EvaluatedDocument[] => [
    { kind: 'segment', key: 's', revision: 2, document: segment },
    {
      kind: 'flag',
      key: 'f',
      revision: 3,
      document: {
        type: 'boolean',
        enabled: true,
        variants: { on: true, off: false },
        rules: [{ id: 'r', when: { op: 'segment', key: 's' }, serve: { variant: 'on' } }],
        default: { variant: 'off' },
      },
    },
  ];
  const segment = {
    when: { op: 'equals', attribute: 'vip', value: true },
    included: ['x', 'inline'],
    includedLists: ['many'],
    excludedLists: ['never'],
  };
  const load = (...more: readonly EvaluatedDocument[]) => {
    const evaluator = createEvaluator({ members });
    const problems = evaluator.load([...documents(segment), ...more], 3);
    const isIn = (targetingKey: string | number | undefined, vip = false) =>
      evaluator.evaluate('f', { ...(targetingKey !== undefined && { targetingKey }), vip }).value;
    return { evaluator, problems, isIn };
  };

  it('asks them after its own keys and before its condition; excluded ones win', () => {
    const { isIn, problems } = load(list('many'), list('never'));
    expect(problems).toEqual([]);
    expect(['a', 'b', 'c', 42, 'x', 'inline'].map((unit) => isIn(unit))).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
    expect([isIn('c', true), isIn('b', true), isIn(undefined, true)]).toEqual([true, false, true]);
  });

  it('follows a change of the list alone', () => {
    const { evaluator, isIn } = load(list('many'), list('never'));
    const upserts = [{ kind: 'list', key: 'many', revision: 4, document: { count: 2, chunks: ['never'] } }];
    evaluator.apply({ upserts, deletes: [], revision: 4 });
    expect(isIn('a')).toBe(false);
    expect(evaluator.evaluate('f', {}).revision).toBe(4);
  });

  it('disables what uses a list that is missing, or whose members are not at hand, and says so', () => {
    const { problems, isIn } = load(list('many'));
    expect(problems).toMatchObject([
      { kind: 'segment', rule: 'unknown_list' },
      { kind: 'flag', key: 'f' },
    ]);
    expect(isIn('a')).toBeUndefined();
    const unknown = { ...list('many'), document: { count: 1, chunks: ['elsewhere'] } };
    expect(load(unknown, list('never')).problems).toMatchObject([
      { kind: 'list', rule: 'list_members', path: 'chunks' },
      { kind: 'segment' },
      { kind: 'flag' },
    ]);
  });
});
