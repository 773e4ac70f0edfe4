// Who may do what: scopes of roles, kinds of keys, and what is not told to those who may not.
import { expect, it } from 'vitest';
import { accessTable } from '@org/contract/gen/access-table';
import type { Role } from '@org/contract/gen/flags/v1/options';
import type { Caller } from '../application.ts';
import {
  authorizeCaller,
  authorizeEnvironment,
  authorizeInstallation,
  authorizeProject,
} from './authorize.ts';

const environments = new Map([
  ['shop/dev', { id: 'e1', reference: 'shop/dev' }],
  ['e1', { id: 'e1', reference: 'shop/dev' }],
  ['bank/dev', { id: 'e2', reference: 'bank/dev' }],
  ['e2', { id: 'e2', reference: 'bank/dev' }],
]);
const names = { resolve: (reference: string) => environments.get(reference) };

function principal(...roles: readonly (readonly [string, Role])[]): Caller {
  const bindings = roles.map(([scope, role]) => ({ scope, role }));
  const person = {
    id: 'p1',
    name: '',
    kind: 'PRINCIPAL_KIND_PERSON',
    disabled: false,
    createdAt: undefined,
  } as const;
  return { keyId: 'k', keyKind: 'KEY_KIND_PRINCIPAL', principal: { ...person, roles: bindings } };
}
const sdk = (keyKind: 'KEY_KIND_SERVER' | 'KEY_KIND_CLIENT'): Caller => ({
  keyId: 'k',
  keyKind,
  environmentId: 'e1',
});
const commit = accessTable['flags.v1.AdminService/Commit'];
const evaluate = accessTable['flags.v1.FlagService/Evaluate'];

it.each([
  ['the environment itself', 'shop/dev', 'shop/dev', 'ok'],
  ['its id', 'shop/dev', 'e1', 'ok'],
  ['the whole project', 'shop/*', 'shop/dev', 'ok'],
  ['the installation', '*', 'shop/dev', 'ok'],
  ['another environment', 'shop/prod', 'shop/dev', 'PERMISSION_DENIED'],
  ['another project', 'bank/*', 'shop/dev', 'PERMISSION_DENIED'],
  ['a project whose name begins alike', 'sho/*', 'shop/dev', 'PERMISSION_DENIED'],
  ['a missing environment inside the scope', 'shop/*', 'shop/nope', 'NOT_FOUND'],
  ['a missing environment outside the scope', 'shop/*', 'bank/nope', 'PERMISSION_DENIED'],
  ['a missing id', 'shop/*', 'e9', 'PERMISSION_DENIED'],
  ['no environment', '*', '', 'INVALID_REQUEST'],
])('for %s a role on %s and the name %j give %s', (_name, scope, environment, expected) => {
  const result = authorizeEnvironment(names, principal([scope, 'ROLE_EDITOR']), commit, environment);
  expect(result.ok ? 'ok' : result.fault.code).toBe(expected);
});

it.each([
  ['ROLE_VIEWER', false],
  ['ROLE_EDITOR', true],
  ['ROLE_APPROVER', true],
  ['ROLE_ADMIN', true],
] as const)('lets %s commit: %s', (role, expected) => {
  expect(authorizeEnvironment(names, principal(['shop/dev', role]), commit, 'shop/dev').ok).toBe(expected);
});

it('adds roles of several bindings up per object, never across them', () => {
  const caller = principal(['shop/dev', 'ROLE_VIEWER'], ['bank/*', 'ROLE_ADMIN']);
  expect(authorizeEnvironment(names, caller, commit, 'shop/dev').ok).toBe(false);
  expect(authorizeEnvironment(names, caller, commit, 'bank/dev').ok).toBe(true);
});

it.each([
  ['KEY_KIND_SERVER', '', 'server'],
  ['KEY_KIND_SERVER', 'e1', 'server'],
  ['KEY_KIND_CLIENT', 'shop/dev', 'client'],
] as const)(
  'gives an SDK key of %s naming %j the %s view of its own environment',
  (kind, environment, view) => {
    expect(authorizeEnvironment(names, sdk(kind), evaluate, environment)).toMatchObject({
      ok: true,
      value: { environmentId: 'e1', view },
    });
  },
);

it.each(['bank/dev', 'e2', 'shop/nope', '__proto__'])(
  'refuses an SDK key the environment %s, existing or not',
  (environment) => {
    const result = authorizeEnvironment(names, sdk('KEY_KIND_SERVER'), evaluate, environment);
    expect(result.ok ? 'ok' : result.fault.code).toBe('PERMISSION_DENIED');
  },
);

it('refuses SDK keys what the table does not give them, and everything beyond their environment', () => {
  expect(authorizeEnvironment(names, sdk('KEY_KIND_SERVER'), commit, '').ok).toBe(false);
  expect(authorizeProject(sdk('KEY_KIND_SERVER'), evaluate, 'shop').ok).toBe(false);
  expect(authorizeInstallation(sdk('KEY_KIND_SERVER'), evaluate).ok).toBe(false);
  expect(authorizeCaller(sdk('KEY_KIND_CLIENT'), accessTable['flags.v1.AccessService/ListProjects']).ok).toBe(
    false,
  );
  expect(authorizeCaller(sdk('KEY_KIND_CLIENT'), accessTable['flags.v1.AccessService/WhoAmI']).ok).toBe(true);
});

it('asks for a role on the whole project, or on the installation, where the table says so', () => {
  const create = accessTable['flags.v1.AccessService/CreateEnvironment'];
  expect(authorizeProject(principal(['shop/*', 'ROLE_ADMIN']), create, 'shop').ok).toBe(true);
  expect(authorizeProject(principal(['shop/dev', 'ROLE_ADMIN']), create, 'shop').ok).toBe(false);
  expect(authorizeProject(principal(['*', 'ROLE_ADMIN']), create, '').ok).toBe(false);
  expect(authorizeInstallation(principal(['shop/*', 'ROLE_ADMIN']), create).ok).toBe(false);
  expect(authorizeInstallation(principal(['*', 'ROLE_ADMIN']), create).ok).toBe(true);
});
