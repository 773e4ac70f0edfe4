// Whether a principal's role bindings give it a role on an object. Pure: knows no request and no caller.
import type { RoleBinding } from '@org/contract/gen/flags/v1/access_service';
import type { AccessRule } from '@org/contract/gen/access-table';

/** What a role is looked up on: the installation, a project, or an environment of a project. */
export type RoleObject =
  | { readonly kind: 'installation' }
  | { readonly kind: 'project'; readonly project: string }
  | { readonly kind: 'environment'; readonly reference: string };

const ranks: Readonly<Record<string, number>> = {
  ROLE_VIEWER: 1,
  ROLE_OPERATOR: 2,
  ROLE_EDITOR: 3,
  ROLE_APPROVER: 4,
  ROLE_ADMIN: 5,
};

/** Whether one of the bindings covers the object with at least the role. */
export function holdsRole(
  bindings: readonly RoleBinding[],
  role: AccessRule['role'],
  object: RoleObject,
): boolean {
  const needed = ranks[role] ?? Infinity;
  return bindings.some((binding) => (ranks[binding.role] ?? 0) >= needed && covers(binding.scope, object));
}

/** Whether any binding, of any role, touches the project or one of its environments. */
export function seesProject(bindings: readonly RoleBinding[], project: string): boolean {
  return bindings.some(
    (binding) =>
      (ranks[binding.role] ?? 0) > 0 && (binding.scope === '*' || binding.scope.startsWith(`${project}/`)),
  );
}

function covers(scope: string, object: RoleObject): boolean {
  if (scope === '*') return true;
  switch (object.kind) {
    case 'installation':
      return false;
    case 'project':
      return scope === `${object.project}/*`;
    case 'environment':
      return (
        scope === object.reference ||
        (scope.endsWith('/*') && object.reference.startsWith(scope.slice(0, -1)))
      );
  }
}
