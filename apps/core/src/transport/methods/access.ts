// AccessService over the application. Lists are filtered to what the caller may see.
import type { Fault, Result } from '@org/contract';
import { fail, succeed } from '@org/contract';
import { AccessServiceDefinition } from '@org/contract/gen/flags/v1/access_service';
import type { Timestamp } from '@org/contract/gen/google/protobuf/timestamp';
import { holdsRole, seesProject } from '../../access/roles.ts';
import type { Caller, NewKey } from '../../application.ts';
import {
  callerMethod,
  environmentMethod,
  environmentOrInstallationMethod,
  installationMethod,
  projectMethod,
} from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { pageOf } from './page-of.ts';
import { requireFields } from './require-fields.ts';
import { whoAmI } from './who-am-i.ts';

const { methods } = AccessServiceDefinition;

export const accessMethods = {
  'flags.v1.AccessService/WhoAmI': callerMethod(methods.whoAmI, (application, { caller }) =>
    whoAmI(application, caller),
  ),
  'flags.v1.AccessService/CreateProject': installationMethod(
    methods.createProject,
    ({ access }, { caller }, request) => {
      const problem = requireFields(request, ['key']);
      return problem ?? access.createProject(caller, request.key, request.name);
    },
  ),
  'flags.v1.AccessService/ListProjects': callerMethod(
    methods.listProjects,
    async ({ access }, { caller }, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const found = await access.listProjects(page.value);
      if (!found.ok) return found;
      const projects = found.value.items.filter((project) => seesProject(rolesOf(caller), project.key));
      return succeed({ projects, nextPageToken: found.value.nextPageToken });
    },
  ),
  'flags.v1.AccessService/CreateEnvironment': projectMethod(
    methods.createEnvironment,
    ({ access }, { caller }, request) => {
      const problem = requireFields(request, ['key']);
      return problem ?? access.createEnvironment(caller, request);
    },
  ),
  'flags.v1.AccessService/UpdateEnvironment': environmentMethod(
    methods.updateEnvironment,
    ({ access }, grant, request) => {
      const { name, allowedOrigins } = request;
      const change = { name, allowedOrigins: allowedOrigins?.origins };
      return access.updateEnvironment(grant.caller, grant.environmentId, change);
    },
  ),
  'flags.v1.AccessService/ListEnvironments': callerMethod(
    methods.listEnvironments,
    async ({ access }, { caller }, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      if (request.project !== '' && !seesProject(rolesOf(caller), request.project)) return notSeen(caller);
      const found = await access.listEnvironments(request.project, page.value);
      if (!found.ok) return found;
      const environments = found.value.items.filter(({ project, key }) =>
        holdsRole(rolesOf(caller), 'ROLE_VIEWER', { kind: 'environment', reference: `${project}/${key}` }),
      );
      return succeed({ environments, nextPageToken: found.value.nextPageToken });
    },
  ),
  'flags.v1.AccessService/CreatePrincipal': installationMethod(
    methods.createPrincipal,
    ({ access }, { caller }, request) => {
      const problem = requireFields(request, ['name']);
      return problem ?? access.createPrincipal(caller, request);
    },
  ),
  'flags.v1.AccessService/UpdatePrincipal': installationMethod(
    methods.updatePrincipal,
    ({ access }, { caller }, request) => {
      const problem = requireFields(request, ['id']);
      return problem ?? access.updatePrincipal(caller, request.id, request);
    },
  ),
  'flags.v1.AccessService/ListPrincipals': installationMethod(
    methods.listPrincipals,
    async ({ access }, _grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const found = await access.listPrincipals(page.value);
      if (!found.ok) return found;
      return succeed({ principals: [...found.value.items], nextPageToken: found.value.nextPageToken });
    },
  ),
  'flags.v1.AccessService/CreatePrincipalKey': installationMethod(
    methods.createPrincipalKey,
    ({ access }, { caller }, request) => {
      const problem = requireFields(request, ['principalId']);
      return problem ?? access.createPrincipalKey(caller, request.principalId, newKeyOf(request));
    },
  ),
  'flags.v1.AccessService/CreateSdkKey': environmentMethod(
    methods.createSdkKey,
    async ({ access }, grant, request) => {
      const { kind } = request;
      if (kind !== 'KEY_KIND_SERVER' && kind !== 'KEY_KIND_CLIENT') return notAnSdkKey;
      return access.createSdkKey(grant.caller, grant.environmentId, { kind, ...newKeyOf(request) });
    },
  ),
  'flags.v1.AccessService/ListKeys': environmentOrInstallationMethod(
    methods.listKeys,
    async ({ access }, grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const found = await access.listKeys(grant.environmentId, page.value);
      return found.ok
        ? succeed({ keys: [...found.value.items], nextPageToken: found.value.nextPageToken })
        : found;
    },
  ),
  'flags.v1.AccessService/RevokeKey': environmentOrInstallationMethod(
    methods.revokeKey,
    ({ access }, grant, request) => {
      const problem = requireFields(request, ['keyId']);
      return problem ?? access.revokeKey(grant.caller, grant.environmentId, request.keyId);
    },
  ),
} satisfies UnaryTable<'AccessService'>;

const notAnSdkKey: Result<never> = fail('INVALID_REQUEST', 'An SDK key is of kind SERVER or CLIENT.', {
  violations: [
    { field: 'kind', rule: 'one_of', message: 'kind must be KEY_KIND_SERVER or KEY_KIND_CLIENT.' },
  ],
});

/** The same answer whether the project does not exist or is not the caller's to see. */
function notSeen(caller: Caller): { readonly ok: false; readonly fault: Fault } {
  return fail('PERMISSION_DENIED', `The key ${caller.keyId} may not do this in the project.`);
}

function rolesOf(caller: Caller): NonNullable<Caller['principal']>['roles'] {
  return caller.principal?.roles ?? [];
}

function newKeyOf(request: { readonly name: string; readonly expiresAt: Timestamp | undefined }): NewKey {
  const { name, expiresAt } = request;
  if (expiresAt === undefined) return { name, expiresAtMs: undefined };
  return { name, expiresAtMs: expiresAt.seconds * 1000 + Math.floor(expiresAt.nanos / 1_000_000) };
}
