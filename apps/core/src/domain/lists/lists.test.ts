// Lists of members: edits, uploads, contents, and that every core and every revision has what its documents name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeChunk } from '@org/evaluator';
import { CommitListRequest, RevertRequest } from '@org/contract/gen/flags/v1/admin_service';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { EnvironmentReplica } from '../../application.ts';
import { dialects } from '../testing/test-database.ts';
import {
  booleanFlag,
  commitOf,
  faultOf,
  grantOf,
  put,
  remove,
  startCore,
  startInstallation,
  until,
  valueOf,
  type TestCore,
  type TestInstallation,
} from '../testing/test-application.ts';
import { chunkName } from './chunk-cache.ts';

const idsOf = (count: number, prefix = 'user') => Array.from({ length: count }, (_, at) => `${prefix}-${at}`);

describe.each(dialects)('lists on %s', (dialect) => {
  let core: TestInstallation;
  let other: TestCore;
  let environments = 0;

  beforeAll(async () => {
    core = await startInstallation(dialect);
    other = await startCore(core.database.url);
  });
  afterAll(async () => {
    await other.running.close();
    await core.close();
  });

  const newEnvironment = async () => {
    const environment = { project: 'shop', key: `e${++environments}`, name: '', allowedOrigins: [] };
    const { id } = valueOf(await core.application.access.createEnvironment(core.admin, environment));
    const grant = grantOf(core.admin, id);
    const { admin, lists } = core.application;
    const edit = (rest: Partial<CommitListRequest>) =>
      lists.commit(grant, CommitListRequest.fromPartial({ key: 'vip', edit: 'LIST_EDIT_ADD', ...rest }));
    const namesOf = (of: TestCore = core): readonly string[] => {
      const { documents } = of.application.environments.replica(id)!.snapshot('server').message;
      const list = documents.find(({ kind }) => kind === 'list');
      return (JSON.parse(list?.json ?? '{"chunks":[]}') as { readonly chunks: string[] }).chunks;
    };
    const isIn = (unit: string, of: TestCore = core) =>
      of.application.environments.replica(id)!.evaluator.evaluate('f', { targetingKey: unit }).value;
    return {
      ...{ id, grant, edit, namesOf, isIn },
      replica: core.application.environments.replica(id) as EnvironmentReplica,
      commit: (...changes: Change[]) => admin.commit(grant, commitOf(changes)),
      revert: (toRevision: number) => admin.revert(grant, RevertRequest.fromPartial({ toRevision })),
      members: (...ids: string[]) => valueOf(lists.members(grant, 'vip', ids)),
    };
  };
  const segment = { when: { op: 'or', of: [] }, includedLists: ['vip'] };
  const flag = (more: object = {}) =>
    booleanFlag({
      rules: [{ id: 'r', when: { op: 'segment', key: 's' }, serve: { variant: 'on' } }],
      default: { variant: 'off' },
      ...more,
    });

  it('grow and shrink by commits that every core follows, and go back with a revert', async () => {
    const { edit, commit, isIn, members, revert, replica, id } = await newEnvironment();
    const made = valueOf(await edit({ ids: idsOf(3_000), reason: 'launch', idempotencyKey: 'k' }));
    expect(made.revision).toMatchObject({
      revision: 1,
      reason: 'launch',
      changed: [{ kind: 'list', key: 'vip' }],
    });
    const again = await edit({ ids: idsOf(3_000), reason: 'launch', idempotencyKey: 'k' });
    expect(valueOf(again).replayed).toBe(true);
    valueOf(await commit(put('segment', 's', segment), put('flag', 'f', flag())));
    valueOf(await edit({ ids: ['new'] }));
    valueOf(await edit({ ids: ['user-1'], edit: 'LIST_EDIT_REMOVE' }));
    expect(members('user-0', 'user-1', 'new', 'nobody')).toEqual(['user-0', 'new']);
    expect(['user-0', 'user-1', 'new'].map((unit) => isIn(unit))).toEqual([true, false, true]);
    const follower = other.application.environments;
    await until(() => follower.replica(id)?.revision === 4);
    expect(['user-0', 'user-1', 'new'].map((unit) => isIn(unit, other))).toEqual([true, false, true]);
    expect(valueOf(await edit({ ids: ['new'] })).unchanged).toBe(true);
    valueOf(await revert(2));
    expect(['user-1', 'new'].map((unit) => isIn(unit))).toEqual([true, false]);
    expect(replica.evaluator.evaluate('f', { targetingKey: 'user-1' }).revision).toBe(5);
    // A core that starts now has the contents as well.
    const fresh = await startCore(core.database.url);
    expect(isIn('user-1', fresh)).toBe(true);
    await fresh.running.close();
  });

  it('do not come of removing members under a key that is none', async () => {
    const { edit, replica } = await newEnvironment();
    expect(await edit({ key: 'vpi', ids: ['user-1'], edit: 'LIST_EDIT_REMOVE' })).toMatchObject({
      ok: false,
      fault: { code: 'NOT_FOUND' },
    });
    expect(replica.revision).toBe(0);
  });

  it('are filled by uploads in parts, whichever core takes them', async () => {
    const { edit, grant, members, id } = await newEnvironment();
    await until(() => other.application.environments.replica(id) !== undefined);
    const part = (number: number, ids: readonly string[], of: TestCore = core) =>
      of.application.lists.putPart(grant, { environment: '', upload: 'u', part: number, ids: [...ids] });
    valueOf(await part(0, ['wrong']));
    expect(valueOf(await part(0, [...idsOf(2_000), 'user-1']))).toEqual({ count: 2_000 });
    const missing = faultOf(await edit({ upload: 'u', parts: 2 }));
    expect(missing.violations).toMatchObject([{ field: 'parts', rule: 'missing_part' }]);
    valueOf(await part(1, idsOf(2_000, 'other'), other));
    valueOf(await edit({ upload: 'u', parts: 2, ids: ['inline'], edit: 'LIST_EDIT_REPLACE' }));
    expect(members('user-1999', 'other-0', 'inline', 'wrong')).toEqual(['user-1999', 'other-0', 'inline']);
    valueOf(await edit({ edit: 'LIST_EDIT_REPLACE' }));
    expect(members('user-1999')).toEqual([]);
  });

  it('give their contents by name; an edit changes few of them', async () => {
    const { edit, grant, namesOf, replica } = await newEnvironment();
    const parts = [0, 1].map((part) => ({
      environment: '',
      upload: 'u',
      part,
      ids: idsOf(40_000, `p${part}`),
    }));
    for (const part of parts) valueOf(await core.application.lists.putPart(grant, part));
    valueOf(await edit({ upload: 'u', parts: 2 }));
    const before = namesOf();
    expect(before.length).toBe(128);
    valueOf(await edit({ ids: idsOf(10, 'extra') }));
    const changed = namesOf().filter((name) => !before.includes(name));
    expect(changed.length).toBeLessThanOrEqual(10);
    const chunks = valueOf(await core.application.lists.chunks(grant, [...changed, 'nothing', '']));
    expect(chunks.map(({ hash }) => hash)).toEqual(changed);
    for (const { hash, content } of chunks) {
      expect(chunkName(content)).toBe(hash);
      expect(decodeChunk(content)).toBeDefined();
    }
    const old = before.filter((name) => !namesOf().includes(name));
    expect(valueOf(await core.application.lists.chunks(grant, old)).length).toBe(old.length);
    const [delta] = replica.deltasAfter('server', replica.historyId, 1, 1)!;
    expect(delta!.watchBytes.byteLength).toBeLessThan(8_000);
  });

  it('are never for browsers, and stay while they are used', async () => {
    const { edit, commit, replica } = await newEnvironment();
    valueOf(await edit({ ids: ['a'] }));
    const visible = [
      put('segment', 's', { ...segment, clientVisible: true }),
      put('flag', 'f', flag({ clientVisible: true })),
    ];
    expect(faultOf(await commit(...visible)).violations?.map(({ rule }) => rule)).toContain('server_only');
    const remote = flag({ clientVisible: true, remoteEvaluation: true });
    valueOf(await commit(put('segment', 's', segment), put('flag', 'f', remote)));
    expect(replica.snapshot('client').message.documents.map(({ kind }) => kind)).toEqual(['flag']);
    expect(faultOf(await commit(remove('list', 'vip'))).violations).toMatchObject([
      { rule: 'in_use', message: 'The list "vip" is used by segment "s" (includedLists[0]).' },
    ]);
    expect(
      faultOf(await commit(put('segment', 't', { ...segment, includedLists: ['typo'] }))).violations,
    ).toMatchObject([{ field: 'changes[0].document.includedLists[0]', rule: 'unknown_list' }]);
  });

  it('keep their members through commits of their notes, which cannot change them', async () => {
    const { edit, commit, members, namesOf } = await newEnvironment();
    valueOf(await edit({ ids: ['a'] }));
    const document = { count: 1, chunks: namesOf(), description: 'The best' };
    valueOf(await commit(put('list', 'vip', document)));
    valueOf(await edit({ ids: ['b'] }));
    expect(members('a', 'b')).toEqual(['a', 'b']);
    expect(faultOf(await commit(put('list', 'vip', document))).violations?.map(({ rule }) => rule)).toEqual([
      'server_state',
      'server_state',
    ]);
    const born = put('list', 'new', { count: 1, chunks: ['AAAAAAAAAAAAAAAAAAAAAA'] });
    expect(faultOf(await commit(born)).code).toBe('INVALID_DOCUMENT');
  });

  it('refuse what is no edit, with every finding', async () => {
    const { edit } = await newEnvironment();
    const findings = async (request: Partial<CommitListRequest>) =>
      faultOf(await edit(request)).violations?.map(({ field, rule }) => `${field} ${rule}`);
    expect(await findings({ edit: 'LIST_EDIT_UNSPECIFIED', ids: ['', 'x'.repeat(300)], parts: 1 })).toEqual([
      'edit required',
      'parts parts',
      'ids[0] required',
      'ids[1] max_length',
    ]);
    expect(await findings({ ids: idsOf(10_001) })).toEqual(['ids max_items']);
    expect(faultOf(await edit({ ids: ['a'], expectedDocumentRevision: 3 })).code).toBe('REVISION_CONFLICT');
  });
});
