// Sessions of keys: one look-up per key, fresh within seconds, ended when the key ends.
import { beforeEach, expect, it } from 'vitest';
import type { Fault } from '@org/contract';
import type { Caller } from '../application.ts';
import { createFakeDirectory } from '../testing/fake-directory.ts';
import type { FakeDirectory } from '../testing/fake-directory.ts';
import { createManualRuntime } from '../testing/manual-runtime.ts';
import type { ManualRuntime } from '../testing/manual-runtime.ts';
import { valueOf } from '../testing/transport-fixture.ts';
import { createAuthenticator } from './authenticator.ts';
import type { Authenticator } from './authenticator.ts';
import type { Session } from './session.ts';

const actor: Caller = { keyId: 'test', keyKind: 'KEY_KIND_PRINCIPAL' };
let runtime: ManualRuntime;
let directory: FakeDirectory;
let authenticator: Authenticator;
let environmentId: string;

beforeEach(async () => {
  runtime = createManualRuntime();
  directory = createFakeDirectory(
    () => runtime.now(),
    () => undefined,
  );
  await directory.createProject(actor, 'shop', '');
  const environment = { project: 'shop', key: 'dev', name: '', allowedOrigins: [] };
  environmentId = valueOf(await directory.createEnvironment(actor, environment)).id;
  authenticator = createAuthenticator({ directory, runtime });
});

const newKey = async (expiresAtMs?: number) =>
  valueOf(
    await directory.createSdkKey(actor, environmentId, { kind: 'KEY_KIND_SERVER', name: '', expiresAtMs }),
  );
const open = async (secret: string): Promise<Session> => valueOf(await authenticator.authenticate(secret));
const listen = (session: Session) => {
  const ended: Fault[] = [];
  const changed: Caller[] = [];
  session.listen({
    ended: (fault) => void ended.push(fault),
    changed: (caller) => void changed.push(caller),
  });
  return { ended, changed };
};

it('looks a key up once, also when many ask at the same time', async () => {
  const { secret } = await newKey();
  expect(authenticator.cached(secret)).toBeUndefined();
  const sessions = await Promise.all([open(secret), open(secret), open(secret)]);
  expect(new Set(sessions).size).toBe(1);
  expect(directory.lookups).toBe(1);
  expect(authenticator.cached(secret)).toBe(sessions[0]);
});

it('keeps nothing about keys that nobody knows', async () => {
  expect(await authenticator.authenticate('flags_s_k9_unknown')).toMatchObject({
    fault: { code: 'UNAUTHENTICATED' },
  });
  expect(authenticator.sessions).toBe(0);
});

it('ends a session when its key is revoked', async () => {
  const { key, secret } = await newKey();
  const { ended } = listen(await open(secret));
  await directory.revokeKey(actor, undefined, key.id);
  expect(ended).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
  expect(authenticator.cached(secret)).toBeUndefined();
});

it('ends a session at its expiry, also when that is further away than a timer reaches', async () => {
  const days60 = 60 * 24 * 3_600_000;
  const { secret } = await newKey(runtime.now() + days60);
  const { ended } = listen(await open(secret));
  runtime.advance(days60 - 1);
  expect(ended).toHaveLength(0);
  expect(authenticator.cached(secret)).toBeDefined();
  runtime.advance(1);
  expect(ended).toHaveLength(1);
  expect(authenticator.cached(secret)).toBeUndefined();
});

it('notices an end that nobody told of when it asks again', async () => {
  const { key, secret } = await newKey();
  const { ended } = listen(await open(secret));
  directory.expire(key.id, runtime.now());
  await authenticator.refresh();
  expect(ended).toHaveLength(1);
});

it('tells streams of changed roles and of nothing else', async () => {
  const principal = valueOf(
    await directory.createPrincipal(actor, { name: 'A', kind: 'PRINCIPAL_KIND_PERSON', roles: [] }),
  );
  const { secret } = valueOf(
    await directory.createPrincipalKey(actor, principal.id, { name: '', expiresAtMs: undefined }),
  );
  const session = await open(secret);
  const { changed } = listen(session);
  await authenticator.refresh();
  expect(changed).toHaveLength(0);
  const roles = [{ scope: '*', role: 'ROLE_ADMIN' }] as const;
  await directory.updatePrincipal(actor, principal.id, { roles, disabled: false });
  await open(secret);
  expect(changed).toHaveLength(1);
  expect(session.caller.principal?.roles).toEqual(roles);
});

it('lets nobody in by roles from before a change', async () => {
  const roles = [{ scope: '*', role: 'ROLE_ADMIN' }] as const;
  const made = { name: 'A', kind: 'PRINCIPAL_KIND_PERSON', roles } as const;
  const principal = valueOf(await directory.createPrincipal(actor, made));
  const noExpiry = { name: '', expiresAtMs: undefined };
  const { secret } = valueOf(await directory.createPrincipalKey(actor, principal.id, noExpiry));
  const session = await open(secret);
  expect(authenticator.cached(secret)).toBe(session);
  await directory.updatePrincipal(actor, principal.id, { roles: [], disabled: false });
  expect(authenticator.cached(secret)).toBeUndefined();
  expect(await open(secret)).toBe(session);
  expect(session.caller.principal?.roles).toEqual([]);
  expect(authenticator.cached(secret)).toBe(session);
});

it('keeps what it knows while the store does not answer', async () => {
  const { secret } = await newKey();
  const { ended } = listen(await open(secret));
  directory.outage = { code: 'STORE_UNAVAILABLE', message: 'Gone.' };
  await authenticator.refresh();
  expect(ended).toHaveLength(0);
  expect(authenticator.cached(secret)).toBeDefined();
  expect(await authenticator.authenticate('flags_s_other_key')).toMatchObject({
    fault: { code: 'STORE_UNAVAILABLE' },
  });
});

it('forgets keys that were not used since it asked last, unless a stream is open', async () => {
  const [idle, streaming] = [await newKey(), await newKey()];
  await open(idle.secret);
  listen(await open(streaming.secret));
  await authenticator.refresh();
  expect(authenticator.sessions).toBe(2);
  await authenticator.refresh();
  expect(authenticator.sessions).toBe(1);
  expect(authenticator.cached(streaming.secret)).toBeDefined();
});

it('holds no more sessions than its limit', async () => {
  authenticator = createAuthenticator({ directory, runtime, sessionsMax: 2 });
  for (let count = 0; count < 5; count++) await open((await newKey()).secret);
  expect(authenticator.sessions).toBe(2);
});
