// The golden histories, lists and logic by the evaluators themselves: the one for servers and the compact one of browsers.
import { createHash } from 'node:crypto';
import { createEvaluator, createMemberSet, decodeChunk, encodeChunks, memberHash } from '@org/evaluator';
import { createEvaluator as createCompactEvaluator } from '@org/evaluator/compact';
import { jsonLogic } from '@org/evaluator/logic';
import { describe, expect, it } from 'vitest';
import {
  deltasOf,
  goldenHistories,
  goldenLists,
  goldenLogic,
  idsOf,
  type ListsFile,
} from '@org/tools/lib/golden-files';

/** The fields that golden answers have. */
function answerOf(details: object): object {
  const { value, variant, reason, rule, errorCode } = details as Readonly<Record<string, unknown>>;
  const answer = { value, variant, reason, rule: rule || undefined, errorCode };
  return Object.fromEntries(Object.entries(answer).filter(([, field]) => field !== undefined));
}

describe.each([
  ['the evaluator', createEvaluator],
  ['the compact evaluator', createCompactEvaluator],
])('histories by %s', (_name, create) => {
  it.each(goldenHistories.histories)('$name', (history) => {
    const memory = new Map<string, string>();
    const sticky = {
      get: (slot: string, _context: unknown, unit: number) => memory.get(`${slot} ${unit}`),
      set: (slot: string, _context: unknown, unit: number, variant: string) =>
        void memory.set(`${slot} ${unit}`, variant),
    };
    const [remembering, forgetful] = [create({ sticky }), create({})];
    for (const each of [remembering, forgetful]) each.load([], 0);
    const deltas = deltasOf(history);
    history.steps.forEach(({ answers }, index) => {
      for (const each of [remembering, forgetful]) expect(each.apply(deltas[index]!)).toEqual([]);
      for (const { flag, context, expected, withoutMemory = expected } of answers) {
        expect(answerOf(remembering.evaluate(flag, context)), JSON.stringify(context)).toMatchObject(
          expected,
        );
        expect(answerOf(forgetful.evaluate(flag, context))).toMatchObject(withoutMemory);
      }
    });
  });
});

describe('the golden lists', () => {
  const { hashes, documents, steps } = goldenLists;
  const nameOf = (chunk: Uint8Array): string =>
    chunk.length === 0
      ? ''
      : createHash('sha256').update(chunk).digest().subarray(0, 16).toString('base64url');
  const edited = (held: ReadonlySet<string>, { edit, ids }: ListsFile['steps'][number]['edits'][number]) => {
    const all = idsOf(ids);
    if (edit === 'remove') return new Set([...held].filter((id) => !all.includes(id)));
    return new Set(edit === 'add' ? [...held, ...all] : all);
  };

  it('hash members alike', () => {
    const found = hashes.map(([text]) => [text, memberHash(text).toString(16).padStart(16, '0')]);
    expect(found).toEqual(hashes);
  });

  it('are cut into the same chunks and answered alike', () => {
    const lists = new Map<string, ReadonlySet<string>>();
    const contents = new Map<string, Uint8Array>([['', new Uint8Array()]]);
    const evaluator = createEvaluator({
      members: (chunks) => createMemberSet(chunks.map((name) => decodeChunk(contents.get(name)!)!)),
    });
    evaluator.load([], 0);
    let revision = 0;
    for (const { edits, checks } of steps) {
      for (const edit of edits) {
        const members = edited(lists.get(edit.list) ?? new Set(), edit);
        lists.set(edit.list, members);
        const chunks = encodeChunks(BigUint64Array.from(new Set(Array.from(members, memberHash))).sort());
        for (const chunk of chunks) contents.set(nameOf(chunk), chunk);
        const document = { count: members.size, chunks: chunks.map(nameOf) };
        expect(document).toEqual({ count: edit.count, chunks: edit.chunks });
        const upserts = [{ kind: 'list', key: edit.list, revision: ++revision, document }];
        expect(evaluator.apply({ upserts, deletes: [], revision })).toEqual([]);
      }
      if (evaluator.flagKeys().length === 0) {
        const upserts = documents.map((each) => ({ ...each, revision: revision + 1 }));
        expect(evaluator.apply({ upserts, deletes: [], revision: ++revision })).toEqual([]);
      }
      const found = checks.map(({ context }) => ({
        context,
        segments: evaluator
          .flagKeys()
          .filter((key) => evaluator.evaluate(key, context).value === true)
          .map((key) => key.replace('in-', '')),
      }));
      const sorted = (each: (typeof checks)[number]) => ({ ...each, segments: each.segments.toSorted() });
      expect(found.map(sorted)).toEqual(checks.map(sorted));
    }
  });
});

describe('the golden logic', () => {
  it('is answered by the evaluator', () => {
    const evaluator = createEvaluator({ logic: jsonLogic });
    const documents = goldenLogic.documents.map((each) => ({ ...each, revision: 1 }));
    expect(evaluator.load(documents, 1)).toEqual([]);
    const wrong = goldenLogic.cases.filter(({ flag, context, expected }) => {
      const { value, variant, reason, errorCode } = evaluator.evaluate(flag, context);
      const shown = reason === 'SPLIT' ? 'TARGETING_MATCH' : reason;
      const found = errorCode === undefined ? { value, variant, reason: shown } : { error: true };
      return JSON.stringify(found) !== JSON.stringify(expected);
    });
    expect(wrong).toEqual([]);
  });
});
