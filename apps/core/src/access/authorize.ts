// Decides whether a caller may do what it asks, from the generated access table. The only maker of EnvironmentGrant.
// Must never tell a caller without rights in it whether an environment exists.
import { fail, succeed } from '@org/contract';
import type { Result } from '@org/contract';
import type { AccessRule } from '@org/contract/gen/access-table';
import type { Application, Caller, EnvironmentGrant } from '../application.ts';
import { holdsRole } from './roles.ts';
import type { RoleObject } from './roles.ts';

/** Proof for methods that belong to no single environment. Only `authorize` makes one. */
export interface CallerGrant {
  readonly caller: Caller;
}

/** The part of the application that turns names of environments into objects. */
export type EnvironmentNames = Pick<Application['environments'], 'resolve'>;

/** Authorises a call on the environment that a request names, or on the one of the SDK key. */
export function authorizeEnvironment(
  environments: EnvironmentNames,
  caller: Caller,
  rule: AccessRule,
  environment: string,
): Result<EnvironmentGrant> {
  if (caller.keyKind !== 'KEY_KIND_PRINCIPAL')
    return authorizeSdkKey(environments, caller, rule, environment);
  if (environment === '')
    return requiredField('environment', 'Name the environment: "project/environment" or its id.');
  const resolved = environments.resolve(environment);
  const reference = resolved?.reference ?? environment;
  if (!holds(caller, rule.role, { kind: 'environment', reference })) return denied(caller, `the environment`);
  if (resolved === undefined) return fail('NOT_FOUND', 'There is no such environment.');
  return succeed(grantOf(caller, resolved.id));
}

/** Authorises a call on a project. */
export function authorizeProject(caller: Caller, rule: AccessRule, project: string): Result<CallerGrant> {
  if (caller.keyKind !== 'KEY_KIND_PRINCIPAL') return denied(caller, 'the project');
  if (project === '') return requiredField('project', 'Name the project.');
  return holds(caller, rule.role, { kind: 'project', project })
    ? succeed({ caller })
    : denied(caller, 'the project');
}

/** Authorises a call on the whole installation. */
export function authorizeInstallation(caller: Caller, rule: AccessRule): Result<CallerGrant> {
  return holds(caller, rule.role, { kind: 'installation' })
    ? succeed({ caller })
    : denied(caller, 'the installation');
}

/** Authorises a call that any caller of the right kind of key may make; its handler filters what it returns. */
export function authorizeCaller(caller: Caller, rule: AccessRule): Result<CallerGrant> {
  return caller.keyKind === 'KEY_KIND_PRINCIPAL' || allowsSdkKey(caller, rule)
    ? succeed({ caller })
    : denied(caller, 'this method');
}

function authorizeSdkKey(
  environments: EnvironmentNames,
  caller: Caller,
  rule: AccessRule,
  environment: string,
): Result<EnvironmentGrant> {
  const own = caller.environmentId;
  if (own === undefined || !allowsSdkKey(caller, rule)) return denied(caller, 'this method');
  if (environment !== '' && environment !== own && environments.resolve(environment)?.id !== own) {
    return denied(caller, 'the environment');
  }
  return succeed(sdkGrantOf(caller, own));
}

function allowsSdkKey(caller: Caller, rule: AccessRule): boolean {
  return (
    (caller.keyKind === 'KEY_KIND_SERVER' && rule.serverKey) ||
    (caller.keyKind === 'KEY_KIND_CLIENT' && rule.clientKey)
  );
}

function holds(caller: Caller, role: AccessRule['role'], object: RoleObject): boolean {
  return caller.principal !== undefined && holdsRole(caller.principal.roles, role, object);
}

const sdkGrants = new WeakMap<Caller, EnvironmentGrant>();

/** One grant per SDK key and not per call: evaluation allocates nothing here. */
function sdkGrantOf(caller: Caller, environmentId: string): EnvironmentGrant {
  const known = sdkGrants.get(caller);
  if (known !== undefined) return known;
  const grant = grantOf(caller, environmentId);
  sdkGrants.set(caller, grant);
  return grant;
}

function grantOf(caller: Caller, environmentId: string): EnvironmentGrant {
  const view = caller.keyKind === 'KEY_KIND_CLIENT' ? 'client' : 'server';
  // The brand exists in types only; this is the one place that may claim it.
  return Object.freeze({ caller, environmentId, view }) as unknown as EnvironmentGrant;
}

function denied(caller: Caller, object: string): ReturnType<typeof fail> {
  return fail('PERMISSION_DENIED', `The key ${caller.keyId} may not do this in ${object}.`);
}

function requiredField(field: string, message: string): ReturnType<typeof fail> {
  return fail('INVALID_REQUEST', message, { violations: [{ field, rule: 'required', message }] });
}
