// Projects and environments of the access directory.
import { succeed } from '@org/contract';
import type { Environment } from '@org/contract/gen/flags/v1/access_service';
import { emptyViewHash } from '@org/sync';
import type { AccessDirectory } from '../../application.ts';
import { insertProject, updateEnvironmentRow, type EnvironmentRow } from '../../store/access-store.ts';
import { insertEnvironment } from '../../store/environment-store.ts';
import type { SqlTransaction } from '../../store/sql-driver.ts';
import { invalidRequest } from '../commit/check-request.ts';
import { commitChange, mapPage, notFound, type AccessServiceOptions } from './access-change.ts';
import { creationOrder } from './access-state.ts';
import { checkName, checkNewEnvironment, checkOrigins, checkProjectKey } from './check-access.ts';
import { environmentMessage, projectMessage } from './messages.ts';
import { pageOf } from './pages.ts';
import { newId } from './secrets.ts';

type ProjectMethods = Pick<AccessDirectory, 'createProject' | 'listProjects'>;
type EnvironmentMethods = Pick<
  AccessDirectory,
  'createEnvironment' | 'updateEnvironment' | 'listEnvironments'
>;

/** The methods about projects. */
export function projectMethods(options: AccessServiceOptions): ProjectMethods {
  const { cache, runtime } = options;
  return {
    async createProject(actor, key, name) {
      const refused = invalidRequest([...checkProjectKey(key), ...checkName(name)]);
      if (refused !== undefined) return refused;
      const row = { key, name, createdAtMs: runtime.now() };
      const write = (transaction: SqlTransaction) => insertProject(transaction, row);
      const details = { name };
      const done = await commitChange(options, {
        actor,
        action: 'project.create',
        target: key,
        details,
        write,
      });
      return done.ok ? succeed(projectMessage(row)) : done;
    },
    listProjects: async (page) =>
      mapPage(
        pageOf(cache.state.projects, (row) => creationOrder(row, row.key), page),
        projectMessage,
      ),
  };
}

/** The methods about environments. `environmentOf` adds where an environment stands now. */
export function environmentMethods(
  options: AccessServiceOptions,
  environmentOf: (row: EnvironmentRow) => Environment,
): EnvironmentMethods {
  const { cache, runtime, randomBytes } = options;
  return {
    async createEnvironment(actor, environment) {
      const refused = invalidRequest(checkNewEnvironment(environment));
      if (refused !== undefined) return refused;
      if (cache.state.project(environment.project) === undefined) return notFound('project');
      const { project: projectKey, key, name } = environment;
      const allowedOrigins = [...environment.allowedOrigins];
      const row = {
        id: newId(randomBytes),
        projectKey,
        key,
        name,
        allowedOrigins,
        createdAtMs: runtime.now(),
      };
      const historyId = newId(randomBytes);
      const change = {
        actor,
        action: 'environment.create',
        target: row.id,
        details: { projectKey, key, name, allowedOrigins },
      };
      const write = (transaction: SqlTransaction) =>
        insertEnvironment(transaction, { ...row, historyId, emptyHash: emptyViewHash });
      const done = await commitChange(options, { ...change, write });
      return done.ok ? succeed(environmentMessage(row, { historyId, revision: 0 })) : done;
    },
    async updateEnvironment(actor, id, { name, allowedOrigins }) {
      const refused = invalidRequest([...checkName(name ?? ''), ...checkOrigins(allowedOrigins ?? [])]);
      if (refused !== undefined) return refused;
      const before = cache.state.environment(id);
      if (before === undefined) return notFound('environment');
      const origins = [...(allowedOrigins ?? before.allowedOrigins)];
      const after = { ...before, name: name ?? before.name, allowedOrigins: origins };
      const details = { name: after.name, allowedOrigins: after.allowedOrigins };
      const change = { actor, action: 'environment.update', target: id, details };
      const write = (transaction: SqlTransaction) => updateEnvironmentRow(transaction, id, after);
      const done = await commitChange(options, { ...change, write });
      return done.ok ? succeed(environmentOf(after)) : done;
    },
    async listEnvironments(project, page) {
      const { environments } = cache.state;
      const rows =
        project === '' ? environments : environments.filter(({ projectKey }) => projectKey === project);
      return mapPage(
        pageOf(rows, (row) => creationOrder(row, row.id), page),
        environmentOf,
      );
    },
  };
}
