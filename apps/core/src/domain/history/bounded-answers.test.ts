// Answers about history fit what a gRPC client takes (4 MiB), whatever was changed.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CommitResponse,
  DiffResponse,
  GetRevisionResponse,
  ListHistoryResponse,
} from '@org/contract/gen/flags/v1/admin_service';
import {
  booleanFlag,
  commitOf,
  put,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';
import { jsonPatch } from './json-patch.ts';

const bytesMax = 4 * 1024 * 1024;
const flagCount = 40;
let core: TestInstallation;

const large = (letter: string): object => ({
  type: 'object',
  enabled: true,
  variants: { on: { text: letter.repeat(100_000) }, off: { text: '' } },
  offVariant: 'off',
  default: { variant: 'on' },
});

beforeAll(async () => {
  core = await startInstallation();
  const { admin } = core.application;
  for (const letter of ['a', 'b']) {
    for (let first = 0; first < flagCount; first += 8) {
      const changes = Array.from({ length: 8 }, (_, index) =>
        put('flag', `f${first + index}`, large(letter)),
      );
      valueOf(await admin.commit(core.grant, commitOf(changes)));
    }
  }
});
afterAll(() => core.close());

const revertTo = (toRevision: number) => ({
  environment: '',
  toRevision,
  kind: '',
  key: '',
  author: '',
  reason: '',
  idempotencyKey: 'revert',
  expectedRevision: undefined,
  kills: false,
});

it('gives the first diffs whole and the others by name and in words', async () => {
  const answer = valueOf(await core.application.admin.diff(core.grant, 5, 0));
  expect(DiffResponse.encode(answer).finish().length).toBeLessThan(bytesMax);
  expect(answer).toMatchObject({ more: false, fromRevision: 5, toRevision: 10 });
  expect(answer.diffs).toHaveLength(flagCount);
  const [whole, cut] = [answer.diffs[0]!, answer.diffs.at(-1)!];
  expect([whole.truncated, whole.before !== undefined, whole.jsonPatch === '']).toEqual([false, true, false]);
  expect(cut).toMatchObject({ truncated: true, before: undefined, after: undefined, jsonPatch: '' });
  expect(cut.summary[0]).toContain('variants.on.text is now');
});

it('bounds the answer to a revert, to its repetition, and to who asks for the revision', async () => {
  const { admin } = core.application;
  const made = valueOf(await admin.revert(core.grant, revertTo(0)));
  const again = valueOf(await admin.revert(core.grant, revertTo(0)));
  const found = valueOf(await admin.getRevision(core.grant, 11));
  for (const answer of [made, again])
    expect(CommitResponse.encode(answer).finish().length).toBeLessThan(bytesMax);
  expect(GetRevisionResponse.encode(found).finish().length).toBeLessThan(bytesMax);
  expect([made.replayed, again.replayed]).toEqual([false, true]);
  expect(again.diffs).toEqual(made.diffs);
  expect(found.diffs).toEqual(made.diffs);
  expect(made.diffs.some(({ truncated }) => truncated)).toBe(true);
  expect(made.revision).toMatchObject({ revision: 11, changedCount: flagCount });
});

it('names at most 1,000 documents, says that there are more, and bounds pages of history', async () => {
  const { admin } = core.application;
  const before = valueOf(await admin.getRevision(core.grant, 11)).revision!.revision;
  for (let round = 0; round < 12; round += 1) {
    const changes = Array.from({ length: 1_000 }, (_, index) =>
      put('flag', `k${round % 2}-${index}-${'x'.repeat(240)}`, booleanFlag({ description: `${round}` })),
    );
    valueOf(await admin.commit(core.grant, commitOf(changes)));
  }
  const diff = valueOf(await admin.diff(core.grant, before, 0));
  expect([diff.diffs.length, diff.more]).toEqual([1_000, true]);
  expect(DiffResponse.encode(diff).finish().length).toBeLessThan(bytesMax);
  valueOf(await admin.revert(core.grant, { ...revertTo(before), idempotencyKey: '' }));
  const seen: number[] = [];
  let pageToken = '';
  let pages = 0;
  do {
    const request = { pageSize: 1_000, pageToken, kind: '', key: '' };
    const page = valueOf(await admin.listHistory(core.grant, request));
    const message = ListHistoryResponse.create({ revisions: [...page.items] });
    expect(ListHistoryResponse.encode(message).finish().length).toBeLessThan(bytesMax);
    seen.push(...page.items.map(({ revision }) => revision));
    pageToken = page.nextPageToken;
    pages += 1;
    if (pages === 1) expect(page.items[0]).toMatchObject({ changedCount: 2_000, changed: { length: 1_000 } });
  } while (pageToken !== '');
  expect(pages).toBeGreaterThan(1);
  expect(seen).toEqual(Array.from({ length: before + 13 }, (_, index) => before + 13 - index));
}, 120_000);

it('replaces a whole document rather than repeat a long name a thousand times', () => {
  const members = (value: number) =>
    Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`${at}`, value]));
  const name = 'n'.repeat(1_000);
  expect(jsonPatch({ [name]: members(1) }, { [name]: members(2) })).toEqual([
    { op: 'replace', path: '', value: { [name]: members(2) } },
  ]);
});
