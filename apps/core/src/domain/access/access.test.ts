import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoleBinding } from '@org/contract/gen/flags/v1/access_service';
import { createAuthenticator, type Authenticator } from '../../access/authenticator.ts';
import { nodeRuntime } from '../../runtime.ts';
import { findBrokenAudit } from '../../store/audit-store.ts';
import { openDatabases } from '../../store/open-driver.ts';
import { dialects } from '../testing/test-database.ts';
import {
  adminKey,
  faultOf,
  startCore,
  startInstallation,
  until,
  valueOf,
  type TestCore,
  type TestInstallation,
} from '../testing/test-application.ts';

const admin: RoleBinding = { scope: '*', role: 'ROLE_ADMIN' };
const newKey = { name: 'k', expiresAtMs: undefined };

describe.each(dialects)('access on %s', (dialect) => {
  let core: TestInstallation;
  let other: TestCore;

  beforeAll(async () => {
    core = await startInstallation(dialect);
    other = await startCore(core.database.url);
  });
  afterAll(async () => {
    await other.running.close();
    await core.close();
  });

  const callerAt = async (at: TestCore, secret: string) =>
    valueOf(await at.application.access.authenticate(secret));
  const newPrincipal = async (roles: readonly RoleBinding[] = []) =>
    valueOf(
      await core.application.access.createPrincipal(core.admin, {
        name: 'p',
        kind: 'PRINCIPAL_KIND_SERVICE',
        roles,
      }),
    );

  it('makes the first admin once, and shows its key once', async () => {
    expect(core.running.firstAdminKey).toBe(adminKey);
    expect(other.running.firstAdminKey).toBeUndefined();
    expect(core.admin).toMatchObject({ keyId: 'admin', principal: { name: 'admin', roles: [admin] } });
  });

  it('gives keys out once and stores their hash only', async () => {
    const { key, secret } = valueOf(
      await core.application.access.createSdkKey(core.admin, core.environmentId, {
        ...newKey,
        kind: 'KEY_KIND_SERVER',
      }),
    );
    expect(secret).toMatch(new RegExp(`^flags_s_${key.id}_[A-Za-z0-9]{43}$`));
    expect(key).toMatchObject({
      environment: 'shop/production',
      kind: 'KEY_KIND_SERVER',
      revokedAt: undefined,
    });
    expect(await callerAt(core, secret)).toMatchObject({ keyId: key.id, environmentId: core.environmentId });
    const { main, close } = await openDatabases(core.database.url);
    const rows = [await main.query('SELECT * FROM access_keys'), await main.query('SELECT * FROM audit')];
    await close();
    expect(JSON.stringify(rows)).not.toContain(secret.slice(-43));
  });

  it('knows keys that another core made, at once', async () => {
    const { secret } = valueOf(
      await other.application.access.createSdkKey(other.admin, core.environmentId, {
        ...newKey,
        kind: 'KEY_KIND_CLIENT',
      }),
    );
    await until(async () => (await callerAt(core, secret)) !== undefined);
  });

  it.each([
    '',
    'x',
    'flags_p_',
    'flags_x_admin_0123456789abcdefghijklmnop',
    `${adminKey}x`,
    `flags_p_admin_${'y'.repeat(10_000)}`,
  ])('does not know %s', async (secret) => {
    expect(await callerAt(core, secret)).toBeUndefined();
  });

  it('ends a key on both cores when it is revoked', async () => {
    const { key, secret } = valueOf(
      await core.application.access.createSdkKey(core.admin, core.environmentId, {
        ...newKey,
        kind: 'KEY_KIND_SERVER',
      }),
    );
    await until(async () => (await callerAt(other, secret)) !== undefined);
    const ended: string[] = [];
    for (const each of [core, other]) each.application.access.onKeyEnded((id) => ended.push(id));
    expect(faultOf(await core.application.access.revokeKey(core.admin, 'another0env0', key.id)).code).toBe(
      'NOT_FOUND',
    );
    const revoked = valueOf(await core.application.access.revokeKey(core.admin, core.environmentId, key.id));
    expect(revoked.revokedAt).toBeDefined();
    expect(await callerAt(core, secret)).toBeUndefined();
    await until(() => ended.length === 2);
    expect([ended, await callerAt(other, secret)]).toEqual([[key.id, key.id], undefined]);
    const again = valueOf(await core.application.access.revokeKey(core.admin, undefined, key.id));
    expect(again.revokedAt).toEqual(revoked.revokedAt);
  });

  it('ends a key when its time is over, and refuses one whose time has passed', async () => {
    const ended: string[] = [];
    core.application.access.onKeyEnded((id) => ended.push(id));
    const expiresAtMs = Date.now() + 300;
    const { key, secret } = valueOf(
      await core.application.access.createSdkKey(core.admin, core.environmentId, {
        name: '',
        kind: 'KEY_KIND_SERVER',
        expiresAtMs,
      }),
    );
    await until(() => ended.includes(key.id));
    expect(await callerAt(core, secret)).toBeUndefined();
    const late = await core.application.access.createPrincipalKey(
      core.admin,
      core.admin.principal?.id ?? '',
      { name: '', expiresAtMs: 1 },
    );
    expect(faultOf(late).violations).toMatchObject([{ field: 'expires_at', rule: 'future' }]);
  });

  it('ends the keys of a principal that is disabled, and lets them work again', async () => {
    const principal = await newPrincipal([{ scope: 'shop/*', role: 'ROLE_EDITOR' }]);
    const { secret } = valueOf(
      await core.application.access.createPrincipalKey(core.admin, principal.id, newKey),
    );
    expect(await callerAt(core, secret)).toMatchObject({
      principal: { roles: [{ scope: 'shop/*', role: 'ROLE_EDITOR' }] },
    });
    valueOf(
      await core.application.access.updatePrincipal(core.admin, principal.id, { roles: [], disabled: true }),
    );
    expect(await callerAt(core, secret)).toBeUndefined();
    valueOf(
      await core.application.access.updatePrincipal(core.admin, principal.id, { roles: [], disabled: false }),
    );
    expect(await callerAt(core, secret)).toMatchObject({ principal: { roles: [] } });
  });

  it('never leaves the installation without an admin', async () => {
    const id = core.admin.principal?.id ?? '';
    for (const change of [
      { roles: [], disabled: false },
      { roles: [admin], disabled: true },
    ]) {
      expect(
        faultOf(await core.application.access.updatePrincipal(core.admin, id, change)).violations,
      ).toMatchObject([{ rule: 'last_admin' }]);
    }
  });

  it('keeps one of two admins who take the role from each other at the same time', async () => {
    const second = await newPrincipal([admin]);
    const first = core.admin.principal?.id ?? '';
    const change = { roles: [], disabled: false };
    const outcomes = await Promise.all([
      core.application.access.updatePrincipal(core.admin, second.id, change),
      other.application.access.updatePrincipal(core.admin, first, change),
    ]);
    expect(outcomes.filter(({ ok }) => ok).length).toBe(1);
    await core.application.access.updatePrincipal(core.admin, first, { roles: [admin], disabled: false });
  });

  it('shows an environment to the other core with its settings', async () => {
    const environment = {
      project: 'shop',
      key: 'staging',
      name: 'S',
      allowedOrigins: ['https://shop.example'],
    };
    const made = valueOf(await core.application.access.createEnvironment(core.admin, environment));
    await until(() => other.application.environments.resolve('shop/staging') !== undefined);
    await until(() => other.application.environments.replica(made.id)?.historyId === made.historyId);
    valueOf(
      await core.application.access.updateEnvironment(core.admin, made.id, {
        name: undefined,
        allowedOrigins: ['*'],
      }),
    );
    await until(() => other.application.environments.allowedOrigins(made.id)[0] === '*');
    expect(other.application.access.environment(made.id)).toMatchObject({
      name: 'S',
      key: 'staging',
      historyId: made.historyId,
    });
  });

  it('keeps the settings of an environment that are left out', async () => {
    const { access } = core.application;
    const allowedOrigins = ['https://shop.example'];
    const made = valueOf(
      await access.createEnvironment(core.admin, { project: 'shop', key: 'kept', name: 'K', allowedOrigins }),
    );
    const named = valueOf(await access.updateEnvironment(core.admin, made.id, { name: 'L' }));
    expect(named).toMatchObject({ name: 'L', allowedOrigins });
    const closed = valueOf(await access.updateEnvironment(core.admin, made.id, { allowedOrigins: [] }));
    expect(closed).toMatchObject({ name: 'L', allowedOrigins: [] });
  });

  it('tells of changed roles on this core before it answers, and on the other one', async () => {
    const roles = [{ scope: '*', role: 'ROLE_EDITOR' }] as const;
    const made = { name: 'Demoted', kind: 'PRINCIPAL_KIND_PERSON', roles } as const;
    const { id } = valueOf(await core.application.access.createPrincipal(core.admin, made));
    const key = await core.application.access.createPrincipalKey(core.admin, id, {
      name: '',
      expiresAtMs: undefined,
    });
    const { secret } = valueOf(key);
    const sessions = [core, other].map(({ application }) =>
      createAuthenticator({ directory: application.access, runtime: nodeRuntime }),
    );
    for (const each of sessions) valueOf(await each.authenticate(secret));
    const [own, foreign] = sessions as [Authenticator, Authenticator];
    valueOf(await core.application.access.updatePrincipal(core.admin, id, { roles: [], disabled: false }));
    expect(own.cached(secret)).toBeUndefined();
    expect(valueOf(await own.authenticate(secret)).caller.principal?.roles).toEqual([]);
    await until(async () => valueOf(await foreign.authenticate(secret)).caller.principal?.roles.length === 0);
    for (const each of sessions) each.close();
  });

  it('refuses what exists already', async () => {
    const { access } = core.application;
    expect(faultOf(await access.createProject(core.admin, 'shop', '')).code).toBe('ALREADY_EXISTS');
    const environment = { project: 'shop', key: 'production', name: '', allowedOrigins: [] };
    expect(faultOf(await access.createEnvironment(core.admin, environment)).code).toBe('ALREADY_EXISTS');
    expect(
      faultOf(await access.createEnvironment(core.admin, { ...environment, project: 'nothing' })).code,
    ).toBe('NOT_FOUND');
  });

  it.each([
    ['a project with a bad key', () => core.application.access.createProject(core.admin, 'A/b', ''), 'key'],
    [
      'a project with a long name',
      () => core.application.access.createProject(core.admin, 'long', 'x'.repeat(201)),
      'name',
    ],
    [
      'an origin with a path',
      () =>
        core.application.access.createEnvironment(core.admin, {
          project: 'shop',
          key: 'x',
          name: '',
          allowedOrigins: ['https://a/b'],
        }),
      'allowed_origins[0]',
    ],
    [
      'a principal without a name',
      () =>
        core.application.access.createPrincipal(core.admin, {
          name: '',
          kind: 'PRINCIPAL_KIND_PERSON',
          roles: [],
        }),
      'name',
    ],
    [
      'a principal of no kind',
      () =>
        core.application.access.createPrincipal(core.admin, {
          name: 'x',
          kind: 'PRINCIPAL_KIND_UNSPECIFIED',
          roles: [],
        }),
      'kind',
    ],
    [
      'a role of no kind',
      () =>
        core.application.access.createPrincipal(core.admin, {
          name: 'x',
          kind: 'PRINCIPAL_KIND_PERSON',
          roles: [{ scope: '*', role: 'ROLE_UNSPECIFIED' }],
        }),
      'roles[0].role',
    ],
    [
      'a role nowhere',
      () =>
        core.application.access.createPrincipal(core.admin, {
          name: 'x',
          kind: 'PRINCIPAL_KIND_PERSON',
          roles: [{ scope: 'shop/nothing', role: 'ROLE_VIEWER' }],
        }),
      'roles[0].scope',
    ],
    [
      'two roles in one place',
      () =>
        core.application.access.createPrincipal(core.admin, {
          name: 'x',
          kind: 'PRINCIPAL_KIND_PERSON',
          roles: [admin, admin],
        }),
      'roles[1].scope',
    ],
  ])('refuses %s', async (_name, make, field) => {
    expect(faultOf<unknown>(await make())).toMatchObject({
      code: 'INVALID_REQUEST',
      violations: [{ field }],
    });
  });

  it('pages lists by creation', async () => {
    const { access } = core.application;
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = valueOf(await access.listKeys(core.environmentId, { pageSize: 2, pageToken }));
      seen.push(...page.items.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    const whole = valueOf(await access.listKeys(core.environmentId, { pageSize: 0, pageToken: '' }));
    expect(seen).toEqual(whole.items.map(({ id }) => id));
    expect(new Set(seen).size).toBe(seen.length);
    expect(faultOf(await access.listProjects({ pageSize: 1, pageToken: '?' })).violations).toMatchObject([
      { field: 'page_token' },
    ]);
  });

  it('audits every change in a chain that shows tampering', async () => {
    const { main, close } = await openDatabases(core.database.url);
    const rows = await main.query('SELECT action, actor_key_id FROM audit ORDER BY sequence');
    expect(rows.slice(0, 3).map((row) => row['action'])).toEqual([
      'installation.bootstrap',
      'project.create',
      'environment.create',
    ]);
    expect(rows[1]).toMatchObject({ actor_key_id: 'admin' });
    expect(await findBrokenAudit(main)).toBeUndefined();
    await main.transaction(async (session) => {
      const drop =
        dialect === 'sqlite' ? 'DROP TRIGGER audit_no_update' : 'DROP TRIGGER audit_append_only ON audit';
      await session.query(drop);
      await session.query(`UPDATE audit SET target = 'somebody else' WHERE sequence = 2`);
    });
    expect(await findBrokenAudit(main)).toBe(2);
    await close();
  });
});
