import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluator } from '@org/evaluator';
import type { CommitRequest, KillRequest, RevertRequest } from '@org/contract/gen/flags/v1/admin_service';
import { dialects } from '../testing/test-database.ts';
import {
  booleanFlag,
  commitOf,
  faultOf,
  grantOf,
  put,
  remove,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';
import type { Application, EnvironmentGrant, EnvironmentReplica } from '../../application.ts';

const killOf = (flagKey: string, rest: Partial<KillRequest> = {}): KillRequest => ({
  environment: '',
  flagKey,
  restore: false,
  author: '',
  reason: '',
  idempotencyKey: '',
  ...rest,
});
const revertOf = (toRevision: number | undefined, rest: Partial<RevertRequest> = {}): RevertRequest => ({
  environment: '',
  toRevision,
  kind: '',
  key: '',
  author: '',
  reason: '',
  idempotencyKey: '',
  expectedRevision: undefined,
  kills: false,
  ...rest,
});

describe.each(dialects)('commits on %s', (dialect) => {
  let core: TestInstallation;
  let admin: Application['admin'];
  let environments = 0;

  beforeAll(async () => {
    core = await startInstallation(dialect);
    admin = core.application.admin;
  });
  afterAll(() => core.close());

  /** An environment of its own, in a project of its own. */
  async function newEnvironment(): Promise<{ grant: EnvironmentGrant; replica: EnvironmentReplica }> {
    const { access } = core.application;
    const project = `p${++environments}`;
    valueOf(await access.createProject(core.admin, project, ''));
    const environment = { project, key: 'e', name: '', allowedOrigins: [] };
    const { id } = valueOf(await access.createEnvironment(core.admin, environment));
    const replica = core.application.environments.replica(id);
    if (replica === undefined) throw new Error('no replica');
    return { grant: grantOf(core.admin, id), replica };
  }
  const commit = async (
    grant: EnvironmentGrant,
    changes: CommitRequest['changes'],
    rest: Partial<CommitRequest> = {},
  ) => admin.commit(grant, commitOf(changes, rest));

  it('makes one revision of all changes and shows it at once', async () => {
    const { grant, replica } = await newEnvironment();
    const done = valueOf(
      await commit(grant, [put('flag', 'a', booleanFlag()), put('flag', 'b', booleanFlag())], {
        reason: 'why',
      }),
    );
    expect(done).toMatchObject({
      revision: { revision: 1, author: 'ada', reason: 'why', principalName: 'admin' },
      unchanged: false,
    });
    expect(done.diffs.map(({ key, summary }) => [key, summary])).toEqual([
      ['a', ['flag a was created']],
      ['b', ['flag b was created']],
    ]);
    expect([replica.revision, replica.historyId]).toEqual([1, done.historyId]);
    expect(replica.evaluator.evaluate('b', {})).toMatchObject({ value: true, reason: 'STATIC' });
    expect(valueOf(await admin.getDocument(grant, 'flag', 'a'))).toMatchObject({
      revision: 1,
      document: booleanFlag(),
    });
  });

  it('makes no revision when nothing differs', async () => {
    const { grant, replica } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag())]));
    const again = valueOf(await commit(grant, [put('flag', 'a', booleanFlag())]));
    expect(again).toMatchObject({ unchanged: true, replayed: false, revision: { revision: 1 } });
    expect(replica.revision).toBe(1);
  });

  it('answers a conflict with the current revision and changes nothing', async () => {
    const { grant, replica } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag(), 0)]));
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag({ description: 'x' }), 1)]));
    const changes = [put('flag', 'b', booleanFlag()), put('flag', 'a', booleanFlag(), 1)];
    expect(faultOf(await commit(grant, changes))).toMatchObject({
      code: 'REVISION_CONFLICT',
      metadata: { kind: 'flag', key: 'a', currentRevision: '2' },
    });
    expect(faultOf(await commit(grant, [put('flag', 'a', booleanFlag(), 0)]))).toMatchObject({
      code: 'REVISION_CONFLICT',
    });
    expect(faultOf(await commit(grant, [remove('flag', 'a', 1)]))).toMatchObject({
      code: 'REVISION_CONFLICT',
    });
    expect(
      faultOf(await commit(grant, [put('flag', 'c', booleanFlag())], { expectedRevision: 1 })),
    ).toMatchObject({
      code: 'REVISION_CONFLICT',
      metadata: { currentRevision: '2' },
    });
    expect(replica.revision).toBe(2);
  });

  it('answers a repeated request with its first result, and refuses the key for another one', async () => {
    const { grant, replica } = await newEnvironment();
    const first = valueOf(await commit(grant, [put('flag', 'a', booleanFlag(), 0)], { idempotencyKey: 'k' }));
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag({ description: 'later' }))]));
    const again = valueOf(await commit(grant, [put('flag', 'a', booleanFlag(), 0)], { idempotencyKey: 'k' }));
    expect(again).toEqual({ ...first, replayed: true });
    const other = await commit(grant, [put('flag', 'b', booleanFlag())], { idempotencyKey: 'k' });
    expect(faultOf(other).code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(replica.revision).toBe(2);
  });

  it('replays requests that changed nothing, too', async () => {
    const { grant } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag())]));
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag())], { idempotencyKey: 'k' }));
    valueOf(await commit(grant, [remove('flag', 'a')]));
    const again = await commit(grant, [put('flag', 'a', booleanFlag())], { idempotencyKey: 'k' });
    expect(valueOf(again)).toMatchObject({ replayed: true, unchanged: true });
  });

  it('refuses to remove what is not there, but not the repeated request that removed it', async () => {
    const { grant, replica } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag())]));
    const mistyped = await commit(grant, [put('flag', 'b', booleanFlag()), remove('flag', 'A')]);
    expect(faultOf(mistyped).violations).toMatchObject([{ field: 'changes[1]', rule: 'not_found' }]);
    valueOf(await commit(grant, [remove('flag', 'a')], { idempotencyKey: 'k' }));
    const again = await commit(grant, [remove('flag', 'a')], { idempotencyKey: 'k' });
    expect(valueOf(again)).toMatchObject({ replayed: true });
    expect(replica.revision).toBe(2);
  });

  it('shows what would happen and commits nothing on a dry run', async () => {
    const { grant, replica } = await newEnvironment();
    const changes = [put('flag', 'a', booleanFlag())];
    const dry = valueOf(await commit(grant, changes, { dryRun: true, idempotencyKey: 'k' }));
    expect(dry).toMatchObject({ revision: { revision: 1 }, diffs: [{ key: 'a' }] });
    expect(replica.revision).toBe(0);
    expect(valueOf(await commit(grant, changes, { idempotencyKey: 'k' }))).toMatchObject({ replayed: false });
  });

  it('kills and restores a flag, even one that could no longer be committed', async () => {
    const { grant, replica } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag())]));
    expect(valueOf(await admin.kill(grant, killOf('a', { reason: 'fire' })))).toMatchObject({
      revision: { revision: 2, reason: 'fire' },
    });
    expect(replica.evaluator.evaluate('a', {})).toMatchObject({
      value: false,
      reason: 'DISABLED',
      rule: 'killed',
    });
    expect(valueOf(await admin.kill(grant, killOf('a')))).toMatchObject({ unchanged: true });
    valueOf(await admin.kill(grant, killOf('a', { restore: true })));
    expect(replica.evaluator.evaluate('a', {})).toMatchObject({ value: true });
    expect(faultOf(await admin.kill(grant, killOf('nothing'))).code).toBe('NOT_FOUND');
  });

  it('reverts an environment, or one document, to an earlier revision', async () => {
    const { grant, replica } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag()), put('flag', 'b', booleanFlag())]));
    const hash = replica.hash('server');
    valueOf(
      await commit(grant, [
        put('flag', 'a', booleanFlag({ enabled: false })),
        remove('flag', 'b'),
        put('flag', 'c', booleanFlag()),
      ]),
    );
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag({ description: 'third' }))]));
    valueOf(await admin.revert(grant, revertOf(1, { kind: 'flag', key: 'b' })));
    expect(replica.evaluator.flagKeys().toSorted()).toEqual(['a', 'b', 'c']);
    const reverted = valueOf(await admin.revert(grant, revertOf(1)));
    expect(reverted.revision?.changed).toEqual([
      { kind: 'flag', key: 'a' },
      { kind: 'flag', key: 'c' },
    ]);
    expect(replica.hash('server')).toBe(hash);
    expect(valueOf(await admin.revert(grant, revertOf(5)))).toMatchObject({ unchanged: true });
    expect(valueOf(await admin.revert(grant, revertOf(0)))).toMatchObject({ revision: { revision: 6 } });
    expect(replica.hash('server')).toBe('0000000000000000');
    expect(faultOf(await admin.revert(grant, revertOf(9))).code).toBe('NOT_FOUND');
    expect(faultOf(await admin.revert(grant, revertOf(1, { kind: 'flag' }))).violations).toMatchObject([
      { field: 'key' },
    ]);
  });

  it('refuses a revert to no revision, and of a document that never was', async () => {
    const { grant, replica } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag())]));
    expect(faultOf(await admin.revert(grant, revertOf(undefined))).violations).toMatchObject([
      { field: 'to_revision', rule: 'required' },
    ]);
    expect(faultOf(await admin.revert(grant, revertOf(1, { kind: 'flag', key: 'typo' }))).code).toBe(
      'NOT_FOUND',
    );
    expect(faultOf(await admin.revert(grant, revertOf(0, { kind: 'typo', key: 'a' }))).code).toBe(
      'NOT_FOUND',
    );
    expect(replica.revision).toBe(1);
  });

  it.each([
    ['a change of no kind of document', put('typo', 'b', booleanFlag())],
    ['a second change of the document', put('flag', 'a', booleanFlag({ enabled: false }))],
    ['a document that is no JSON', put('flag', 'b', { ...booleanFlag(), metadata: { x: Number.NaN } })],
  ])('does not take %s beside the same changes for the same request', async (_what, added) => {
    const { grant } = await newEnvironment();
    const change = put('flag', 'a', booleanFlag());
    valueOf(await commit(grant, [change], { idempotencyKey: 'once' }));
    const again = await commit(grant, [change, added], { idempotencyKey: 'once' });
    expect(faultOf(again).code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('refuses a revert to a state that its surroundings no longer allow', async () => {
    const { grant } = await newEnvironment();
    valueOf(await commit(grant, [put('segment', 's', { when: { op: 'and', of: [] } })]));
    valueOf(
      await commit(grant, [
        put(
          'flag',
          'a',
          booleanFlag({ rules: [{ id: 'r', when: { op: 'segment', key: 's' }, serve: { variant: 'off' } }] }),
        ),
      ]),
    );
    valueOf(await commit(grant, [remove('flag', 'a'), remove('segment', 's')]));
    const fault = faultOf(await admin.revert(grant, revertOf(2, { kind: 'flag', key: 'a' })));
    expect(fault.violations).toMatchObject([
      { field: 'to_revision["flag/a"].document.rules[0].when.key', rule: 'unknown_segment' },
    ]);
  });

  it('does not bring schedules back when an environment is reverted', async () => {
    const { grant } = await newEnvironment();
    const schedule = { at: '2999-01-01T00:00:00Z', changes: [{ kind: 'flag', key: 'a', document: null }] };
    valueOf(await commit(grant, [put('schedule', 's', schedule)]));
    valueOf(await commit(grant, [remove('schedule', 's')]));
    expect(valueOf(await admin.revert(grant, revertOf(1)))).toMatchObject({ unchanged: true });
    expect(valueOf(await admin.revert(grant, revertOf(1, { kind: 'schedule', key: 's' })))).toMatchObject({
      unchanged: false,
    });
  });

  it('keeps one type per flag key in all environments of a project', async () => {
    const { access } = core.application;
    valueOf(await access.createProject(core.admin, 'types', ''));
    const ids = [];
    for (const key of ['one', 'two']) {
      const environment = { project: 'types', key, name: '', allowedOrigins: [] };
      ids.push(valueOf(await access.createEnvironment(core.admin, environment)).id);
    }
    const [one, two] = ids.map((id) => grantOf(core.admin, id)) as [EnvironmentGrant, EnvironmentGrant];
    valueOf(await commit(one, [put('flag', 'a', booleanFlag())]));
    const text = { type: 'string', enabled: true, variants: { x: 'x' }, default: { variant: 'x' } };
    expect(faultOf(await commit(two, [put('flag', 'a', text)]))).toMatchObject({
      violations: [{ field: 'changes[0].document.type', rule: 'one_type_per_project' }],
    });
    valueOf(await commit(two, [put('flag', 'a', booleanFlag())]));
    expect(faultOf(await commit(one, [put('flag', 'a', text)])).violations).toMatchObject([
      { rule: 'one_type_per_project' },
    ]);
    valueOf(await commit(two, [remove('flag', 'a')]));
    valueOf(await commit(one, [put('flag', 'a', text)]));
  });

  it('pages history newest first, and by document', async () => {
    const { grant } = await newEnvironment();
    for (let index = 0; index < 5; index += 1) {
      valueOf(
        await commit(grant, [
          put('flag', index % 2 === 0 ? 'even' : 'odd', booleanFlag({ description: `${index}` })),
        ]),
      );
    }
    const list = async (pageToken: string, kind = '', key = '') =>
      valueOf(await admin.listHistory(grant, { pageSize: 2, pageToken, kind, key }));
    const first = await list('');
    const second = await list(first.nextPageToken);
    const third = await list(second.nextPageToken);
    expect([first, second, third].map(({ items }) => items.map(({ revision }) => revision))).toEqual([
      [5, 4],
      [3, 2],
      [1],
    ]);
    expect(third.nextPageToken).toBe('');
    expect((await list('', 'flag', 'odd')).items.map(({ revision }) => revision)).toEqual([4, 2]);
    expect(
      faultOf(await admin.listHistory(grant, { pageSize: 2, pageToken: '!', kind: '', key: '' })).violations,
    ).toMatchObject([{ field: 'page_token' }]);
  });

  it('shows what one revision did, and what lies between two', async () => {
    const { grant } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag())]));
    valueOf(
      await commit(grant, [
        put('flag', 'a', booleanFlag({ enabled: false })),
        put('flag', 'b', booleanFlag()),
      ]),
    );
    valueOf(await commit(grant, [remove('flag', 'b')]));
    expect(valueOf(await admin.getRevision(grant, 2)).diffs).toMatchObject([
      {
        key: 'a',
        jsonPatch: '[{"op":"replace","path":"/enabled","value":false}]',
        summary: ['enabled is now false'],
      },
      { key: 'b', before: undefined },
    ]);
    expect(faultOf(await admin.getRevision(grant, 4)).code).toBe('NOT_FOUND');
    const forwards = valueOf(await admin.diff(grant, 1, 0));
    expect(forwards).toMatchObject({
      fromRevision: 1,
      toRevision: 3,
      diffs: [{ key: 'a', after: { enabled: false } }],
    });
    expect(valueOf(await admin.diff(grant, 3, 1))).toMatchObject({
      diffs: [{ key: 'a', before: { enabled: false } }],
    });
    expect(faultOf(await admin.diff(grant, 1, 9)).code).toBe('NOT_FOUND');
  });

  it('lists large documents in pages that clients can take', async () => {
    const { grant } = await newEnvironment();
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const large = booleanFlag({ metadata: { text: 'x'.repeat(200_000) } });
    for (const key of keys) valueOf(await commit(grant, [put('flag', key, large)]));
    const pages: string[][] = [];
    let pageToken = '';
    do {
      const request = { kind: '', keyContains: '', pageSize: 100, pageToken };
      const page = valueOf(await admin.listDocuments(grant, request));
      pages.push(page.items.map(({ key }) => key));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(pages).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);
  });

  it('lists documents in pages, by kind and by part of the key', async () => {
    const { grant } = await newEnvironment();
    const keys = ['Apple', 'pear', 'pineapple', 'plum'];
    valueOf(
      await commit(grant, [
        ...keys.map((key) => put('flag', key, booleanFlag())),
        put('segment', 'apple', { when: { op: 'or', of: [] } }),
      ]),
    );
    const list = async (rest: object) =>
      valueOf(
        await admin.listDocuments(grant, { kind: '', keyContains: '', pageSize: 2, pageToken: '', ...rest }),
      );
    const first = await list({ kind: 'flag' });
    const second = await list({ kind: 'flag', pageToken: first.nextPageToken });
    expect([...first.items, ...second.items].map(({ key }) => key)).toEqual(keys);
    expect([second.nextPageToken, second.revision]).toEqual(['', 1]);
    expect(
      (await list({ keyContains: 'APPLE', pageSize: 9 })).items.map(({ kind, key }) => `${kind}/${key}`),
    ).toEqual(['flag/Apple', 'flag/pineapple', 'segment/apple']);
  });

  it('holds what an evaluator that starts from its snapshot would hold', async () => {
    const { grant, replica } = await newEnvironment();
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag())]));
    valueOf(await commit(grant, [put('flag', 'a', booleanFlag({ default: { variant: 'off' } }))]));
    const { message } = replica.snapshot('server');
    const evaluator = createEvaluator();
    evaluator.load(
      message.documents.map((each) => ({ ...each, document: JSON.parse(each.json) as unknown })),
      message.revision,
    );
    expect(evaluator.evaluate('a', {})).toMatchObject({ value: false, revision: 2 });
    expect(message).toMatchObject({ revision: 2, hash: replica.hash('server') });
  });
});
