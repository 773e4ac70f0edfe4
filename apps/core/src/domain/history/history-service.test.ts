import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Document } from '@org/contract/gen/flags/v1/document';
import {
  booleanFlag,
  commitOf,
  faultOf,
  put,
  remove,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

describe.each(['sqlite', 'postgres'] as const)('the past on %s', (dialect) => {
  let core: TestInstallation;
  beforeEach(async () => void (core = await startInstallation(dialect)));
  afterEach(() => core.close());

  const commit = async (...changes: ReturnType<typeof put>[]): Promise<unknown> =>
    valueOf(await core.application.admin.commit(core.grant, commitOf(changes)));
  const stateAt = async (revision: number, pageSize = 0, kind = ''): Promise<readonly Document[]> => {
    const found: Document[] = [];
    let pageToken = '';
    do {
      const request = { revision, kind, pageSize, pageToken };
      const page = valueOf(await core.application.history.state(core.grant, request));
      found.push(...page.documents);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return found;
  };
  const names = (documents: readonly Document[]): readonly string[] =>
    documents.map(({ kind, key, revision }) => `${kind}/${key}@${revision}`);
  const segment = { when: { op: 'or', of: [] } };

  it('is what was live at every revision, however small the pages are', async () => {
    await commit(put('flag', 'b', booleanFlag()), put('segment', 's', segment));
    await commit(put('flag', 'a', booleanFlag()), put('flag', 'c d', booleanFlag()));
    await commit(remove('flag', 'b'));
    await commit(
      put('flag', 'b', booleanFlag({ description: 'again' })),
      put('flag', 'a', booleanFlag({ owner: 'x' })),
    );
    await commit(remove('segment', 's'));
    const expected = [
      [],
      ['flag/b@1', 'segment/s@1'],
      ['flag/a@2', 'flag/b@1', 'flag/c d@2', 'segment/s@1'],
      ['flag/a@2', 'flag/c d@2', 'segment/s@1'],
      ['flag/a@4', 'flag/b@4', 'flag/c d@2', 'segment/s@1'],
      ['flag/a@4', 'flag/b@4', 'flag/c d@2'],
    ];
    for (const [revision, documents] of expected.entries())
      for (const pageSize of [0, 1, 2]) expect(names(await stateAt(revision, pageSize))).toEqual(documents);
    expect(names(await stateAt(4, 1, 'segment'))).toEqual(['segment/s@1']);
    expect(names(await stateAt(4, 0, 'nothing'))).toEqual([]);
    expect((await stateAt(1))[0]?.json).toBe(JSON.stringify(JSON.parse((await stateAt(2))[1]?.json ?? '')));
    const request = { revision: 6, kind: '', pageSize: 0, pageToken: '' };
    expect(faultOf(await core.application.history.state(core.grant, request)).code).toBe('NOT_FOUND');
    const bad = { ...request, revision: 5, pageToken: '?' };
    expect(faultOf(await core.application.history.state(core.grant, bad)).code).toBe('INVALID_REQUEST');
  });

  it('keeps notes for good', async () => {
    await commit(put('flag', 'a', booleanFlag()));
    await commit(put('flag', 'b', booleanFlag()));
    const { history } = core.application;
    const note = (revision: number, text: string) =>
      history.annotate(core.grant, { environment: '', revision, text, author: 'ada' });
    valueOf(await note(1, 'first'));
    valueOf(await note(2, 'second'));
    valueOf(await note(1, 'third'));
    expect(faultOf(await note(3, 'too early')).code).toBe('NOT_FOUND');
    expect(faultOf(await note(1, '')).violations).toMatchObject([{ field: 'text', rule: 'required' }]);
    const page = { pageSize: 2, pageToken: '', revision: 0 };
    const newest = valueOf(await history.annotations(core.grant, page));
    expect(newest.items.map(({ text }) => text)).toEqual(['third', 'second']);
    const older = { ...page, pageToken: newest.nextPageToken };
    expect(valueOf(await history.annotations(core.grant, older)).items).toMatchObject([
      { number: 1, revision: 1, text: 'first', author: 'ada', principalName: expect.any(String) as string },
    ]);
    const ofOne = valueOf(await history.annotations(core.grant, { ...page, revision: 2 }));
    expect(ofOne.items.map(({ text }) => text)).toEqual(['second']);
  });
});
