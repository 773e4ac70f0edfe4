// Principals of the access directory.
import { fail, succeed } from '@org/contract';
import type { AccessDirectory } from '../../application.ts';
import { insertPrincipal, replacePrincipal } from '../../store/access-store.ts';
import type { SqlTransaction } from '../../store/sql-driver.ts';
import { refuse } from '../../store/store-error.ts';
import { invalidRequest } from '../commit/check-request.ts';
import { commitChange, mapPage, notFound, type AccessServiceOptions } from './access-change.ts';
import { creationOrder } from './access-state.ts';
import { checkNewPrincipal, checkRoles } from './check-access.ts';
import { principalMessage } from './messages.ts';
import { pageOf } from './pages.ts';
import { newId } from './secrets.ts';

type PrincipalMethods = Pick<AccessDirectory, 'createPrincipal' | 'updatePrincipal' | 'listPrincipals'>;

export function principalMethods(options: AccessServiceOptions): PrincipalMethods {
  const { cache, runtime, randomBytes } = options;
  return {
    async createPrincipal(actor, principal) {
      const refused = invalidRequest(checkNewPrincipal(principal, cache.state));
      if (refused !== undefined) return refused;
      const { name, kind } = principal;
      const roles = principal.roles.map(({ scope, role }) => ({ scope, role }));
      const row = { id: newId(randomBytes), name, kind, disabled: false, createdAtMs: runtime.now(), roles };
      const change = { actor, action: 'principal.create', target: row.id, details: { name, kind, roles } };
      const done = await commitChange(options, {
        ...change,
        write: (transaction) => insertPrincipal(transaction, row),
      });
      return done.ok ? succeed(principalMessage(row)) : done;
    },
    async updatePrincipal(actor, id, { roles: bindings, disabled }) {
      const before = cache.state.principal(id);
      if (before === undefined) return notFound('principal');
      const roles = bindings.map(({ scope, role }) => ({ scope, role }));
      const after = { ...before, roles, disabled };
      const refused = invalidRequest(checkRoles(roles, cache.state));
      if (refused !== undefined) return refused;
      const change = { actor, action: 'principal.update', target: id, details: { roles, disabled } };
      const write = async (transaction: SqlTransaction): Promise<void> => {
        const admins = await replacePrincipal(transaction, options.driver.dialect, id, after);
        if (admins === 0) refuse(lastAdmin);
      };
      const done = await commitChange(options, { ...change, write });
      return done.ok ? succeed(principalMessage(after)) : done;
    },
    listPrincipals: async (page) =>
      mapPage(
        pageOf(cache.state.principals, (row) => creationOrder(row, row.id), page),
        principalMessage,
      ),
  };
}

/** Nobody could ever grant a role again. */
const lastAdmin = fail('INVALID_REQUEST', 'The installation would be left without an admin.', {
  violations: [{ field: 'roles', rule: 'last_admin', message: 'Make another admin first.' }],
});
