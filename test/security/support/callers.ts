// An installation with two projects and a caller of every sort.
import { call, untilAnswered } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import type { CoreProcess } from '@org/tools/cluster/core-process';
import { waitUntil } from '@org/tools/services/service-process';

/** Who calls, and what the matrix needs to know about it. */
export interface TestCaller {
  readonly name: string;
  readonly key: string | undefined;
  readonly kind: 'nobody' | 'principal' | 'server' | 'client';
  /** Of a principal: role by scope. */
  readonly roles: Readonly<Record<string, string>>;
  /** Of an SDK key. */
  readonly environment?: string;
}

export interface Installation {
  readonly core: CoreProcess;
  /** Ids by "project/environment". */
  readonly ids: Readonly<Record<string, string>>;
  readonly callers: readonly TestCaller[];
  caller(name: string): TestCaller & { readonly key: string };
  /** Every secret that was ever made. */
  readonly secrets: readonly string[];
  admin<T>(method: string, request: unknown): Promise<T>;
}

const environments = ['shop/dev', 'shop/prod', 'bank/dev'] as const;
const roles = ['VIEWER', 'OPERATOR', 'EDITOR', 'APPROVER', 'ADMIN'] as const;
const scopes = ['shop/dev', 'shop/*', '*', 'shop/prod', 'bank/*'] as const;
const expiryDelayMs = 1_500;

/** A core that refuses nothing because the machine is busy: where that is not the subject, it would be chance. */
export const patient: Readonly<Record<string, string>> = {
  FLAGS_LOOP_DELAY_MS_TARGET: '30000',
  FLAGS_LOOP_DELAY_MS_MAX: '60000',
};

/** Starts a core, a patient one unless told otherwise, and fills it. The caller closes the core. */
export async function createInstallation(
  environment: Readonly<Record<string, string>> = patient,
): Promise<Installation> {
  const core = await startCore({ environment: { FLAGS_LOG_LEVEL: 'debug', ...environment } });
  const admin = <T>(method: string, request: unknown): Promise<T> =>
    untilAnswered(() => call<T>(core.httpUrl, method, request));
  const ids: Record<string, string> = {};
  for (const project of ['shop', 'bank'])
    await admin('AccessService/CreateProject', { key: project, name: project });
  for (const reference of environments) {
    const [project, key] = reference.split('/');
    const allowedOrigins = reference === 'shop/dev' ? ['https://shop.example'] : [];
    const request = { project, key, name: reference, allowedOrigins };
    ids[reference] = (await admin<{ id: string }>('AccessService/CreateEnvironment', request)).id;
  }
  const callers = [
    ...nobodies(),
    ...(await principals(admin)),
    ...(await sdkKeys(admin)),
    ...(await ended(core, admin)),
  ];
  return {
    core,
    ids,
    callers,
    admin,
    secrets: callers.flatMap(({ key }) => (key === undefined ? [] : [key])),
    caller(name) {
      const found = callers.find((candidate) => candidate.name === name);
      if (found?.key === undefined) throw new Error(`no caller ${name}`);
      return { ...found, key: found.key };
    },
  };
}

type Admin = Installation['admin'];

function nobodies(): readonly TestCaller[] {
  const nobody = { kind: 'nobody', roles: {} } as const;
  return [
    { ...nobody, name: 'no key', key: undefined },
    { ...nobody, name: 'garbage', key: 'garbage' },
    { ...nobody, name: 'unknown key', key: 'flags_p_nobody_0123456789abcdefghijklmnopqrstuvwxyz' },
  ];
}

async function principals(admin: Admin): Promise<readonly TestCaller[]> {
  const wanted = scopes.flatMap((scope) => roles.map((role) => ({ [scope]: role })));
  wanted.push({}, { 'shop/dev': 'VIEWER', 'bank/*': 'ADMIN' });
  return Promise.all(wanted.map(async (bindings) => principal(admin, describeRoles(bindings), bindings)));
}

async function principal(
  admin: Admin,
  name: string,
  bindings: Readonly<Record<string, string>>,
): Promise<TestCaller> {
  const { id } = await createPrincipal(admin, name, bindings);
  const { secret } = await admin<{ secret: string }>('AccessService/CreatePrincipalKey', {
    principalId: id,
    name,
  });
  return { name, key: secret, kind: 'principal', roles: bindings };
}

function createPrincipal(
  admin: Admin,
  name: string,
  bindings: Readonly<Record<string, string>>,
): Promise<{ id: string }> {
  const list = Object.entries(bindings).map(([scope, role]) => ({ scope, role: `ROLE_${role}` }));
  return admin('AccessService/CreatePrincipal', { name, kind: 'PRINCIPAL_KIND_PERSON', roles: list });
}

function describeRoles(bindings: Readonly<Record<string, string>>): string {
  const text = Object.entries(bindings).map(([scope, role]) => `${role.toLowerCase()} of ${scope}`);
  return text.length === 0 ? 'principal without a role' : text.join(' and ');
}

async function sdkKeys(admin: Admin): Promise<readonly TestCaller[]> {
  const wanted = environments.flatMap((environment) =>
    (['server', 'client'] as const).map((kind) => ({ environment, kind })),
  );
  return Promise.all(
    wanted.map(async ({ environment, kind }) => {
      const { secret } = await createSdkKey(admin, environment, kind);
      return { name: `${kind} key of ${environment}`, key: secret, kind, roles: {}, environment };
    }),
  );
}

function createSdkKey(
  admin: Admin,
  environment: string,
  kind: 'server' | 'client',
  expiresAt?: string,
): Promise<{ secret: string; key: { id: string } }> {
  const request = {
    environment,
    kind: `KEY_KIND_${kind.toUpperCase()}`,
    name: kind,
    ...(expiresAt && { expiresAt }),
  };
  return admin('AccessService/CreateSdkKey', request);
}

/** Keys that were valid: revoked, expired, of a disabled principal. Each was used before it ended. */
async function ended(core: CoreProcess, admin: Admin): Promise<readonly TestCaller[]> {
  const nobody = { kind: 'nobody', roles: {} } as const;
  const isRefused = (key: string): Promise<boolean> =>
    call(core.httpUrl, 'AccessService/WhoAmI', {}, key).then(
      () => false,
      () => true,
    );
  const revoked = await createSdkKey(admin, 'shop/dev', 'server');
  await isRefused(revoked.secret);
  await admin('AccessService/RevokeKey', { keyId: revoked.key.id });
  const soon = new Date(Date.now() + expiryDelayMs).toISOString();
  const expiring = await createSdkKey(admin, 'shop/dev', 'server', soon);
  const { id } = await createPrincipal(admin, 'disabled', { '*': 'ADMIN' });
  const disabled = await admin<{ secret: string }>('AccessService/CreatePrincipalKey', {
    principalId: id,
    name: '',
  });
  await isRefused(disabled.secret);
  await admin('AccessService/UpdatePrincipal', { id, roles: [], disabled: true });
  await waitUntil('the key being expired', () => isRefused(expiring.secret));
  return [
    { ...nobody, name: 'revoked key', key: revoked.secret },
    { ...nobody, name: 'expired key', key: expiring.secret },
    { ...nobody, name: 'key of a disabled admin', key: disabled.secret },
  ];
}
