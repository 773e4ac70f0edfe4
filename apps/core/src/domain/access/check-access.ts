// Checks the fields of access requests; every finding names its field and rule.
import type { Violation } from '@org/contract';
import type { NewEnvironment, NewKey, NewPrincipal } from '../../application.ts';
import { checkText } from '../commit/check-request.ts';
import type { AccessState } from './access-state.ts';

const nameCharsMax = 200;
const originsMax = 100;
const rolesMax = 200;
const keyShape = /^[a-z0-9][a-z0-9-]{0,62}$/;
const roles: ReadonlySet<string> = new Set([
  'ROLE_VIEWER',
  'ROLE_OPERATOR',
  'ROLE_EDITOR',
  'ROLE_APPROVER',
  'ROLE_ADMIN',
]);
const principalKinds: ReadonlySet<string> = new Set([
  'PRINCIPAL_KIND_PERSON',
  'PRINCIPAL_KIND_SERVICE',
  'PRINCIPAL_KIND_AUTOMATION',
  'PRINCIPAL_KIND_FILE_SOURCE',
]);

const keyMessage = '1 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen.';

export const checkProjectKey = (key: string, field = 'key'): readonly Violation[] =>
  keyShape.test(key) ? [] : [{ field, rule: 'pattern', message: keyMessage }];

export const checkName = (name: string): readonly Violation[] => checkText(name, 'name', nameCharsMax);

export const checkNewEnvironment = ({ key, name, allowedOrigins }: NewEnvironment): readonly Violation[] => [
  ...checkProjectKey(key),
  ...checkName(name),
  ...checkOrigins(allowedOrigins),
];

/** "*", or origins as browsers send them. */
export function checkOrigins(origins: readonly string[]): readonly Violation[] {
  if (origins.length > originsMax) {
    return [{ field: 'allowed_origins', rule: 'max_items', message: `At most ${originsMax} origins.` }];
  }
  return origins.flatMap((origin, index) => {
    if (origin === '*' || isOrigin(origin)) return [];
    const message = 'An origin such as "https://shop.example" (no path, no trailing slash), or "*".';
    return [{ field: `allowed_origins[${index}]`, rule: 'origin', message }];
  });
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol } = new URL(text);
  return origin === text && (protocol === 'https:' || protocol === 'http:');
}

export const checkNewPrincipal = (principal: NewPrincipal, access: AccessState): readonly Violation[] => [
  ...checkText(principal.name, 'name', nameCharsMax, 1),
  ...(principalKinds.has(principal.kind)
    ? []
    : [{ field: 'kind', rule: 'one_of', message: 'PERSON, SERVICE, AUTOMATION or FILE_SOURCE.' }]),
  ...checkRoles(principal.roles, access),
];

/** Scopes must name what exists, each at most once. */
export function checkRoles(bindings: NewPrincipal['roles'], access: AccessState): readonly Violation[] {
  if (bindings.length > rolesMax) {
    return [{ field: 'roles', rule: 'max_items', message: `At most ${rolesMax} roles.` }];
  }
  const seen = new Set<string>();
  return bindings.flatMap(({ scope, role }, index) => {
    const field = `roles[${index}]`;
    const findings: Violation[] = [];
    if (!roles.has(role)) {
      findings.push({
        field: `${field}.role`,
        rule: 'one_of',
        message: 'VIEWER, OPERATOR, EDITOR, APPROVER or ADMIN.',
      });
    }
    if (!isScope(scope, access)) {
      const message = '"*", "project/*" or "project/environment" of a project and environment that exist.';
      findings.push({ field: `${field}.scope`, rule: 'scope', message });
    }
    if (seen.has(scope))
      findings.push({ field: `${field}.scope`, rule: 'unique', message: 'The scope stands twice.' });
    seen.add(scope);
    return findings;
  });
}

function isScope(scope: string, access: AccessState): boolean {
  if (scope === '*') return true;
  const project = scope.endsWith('/*') ? scope.slice(0, -2) : undefined;
  if (project !== undefined) return access.project(project) !== undefined;
  return access.environmentByReference(scope) !== undefined;
}

export function checkNewKey({ name, expiresAtMs }: NewKey, nowMs: number): readonly Violation[] {
  const expired = expiresAtMs !== undefined && !(expiresAtMs > nowMs);
  const findings = checkName(name);
  return expired
    ? [...findings, { field: 'expires_at', rule: 'future', message: 'The instant has passed.' }]
    : findings;
}
