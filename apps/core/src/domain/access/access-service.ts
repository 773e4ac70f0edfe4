// The access directory: answers from memory, changes through the database.
import type { Environment, Key } from '@org/contract/gen/flags/v1/access_service';
import type { AccessDirectory } from '../../application.ts';
import type { EnvironmentRow, KeyRow } from '../../store/access-store.ts';
import type { AccessServiceOptions } from './access-change.ts';
import { referenceOf } from './access-state.ts';
import { keyMethods } from './key-methods.ts';
import { environmentMessage, keyMessage } from './messages.ts';
import { principalMethods } from './principal-methods.ts';
import { environmentMethods, projectMethods } from './project-methods.ts';

/** Makes the directory. */
export function createAccessService(options: AccessServiceOptions): AccessDirectory {
  const { cache } = options;
  const environmentOf = (row: EnvironmentRow): Environment =>
    environmentMessage(row, options.replica(row.id));
  const keyOf = (row: KeyRow): Key => {
    const environment =
      row.environmentId === undefined ? undefined : cache.state.environment(row.environmentId);
    return keyMessage(row, environment === undefined ? undefined : referenceOf(environment));
  };
  return {
    authenticate: (secret) => cache.authenticate(secret),
    onKeyEnded: (listener) => cache.onKeyEnded(listener),
    onAccessChanged: (listener) => cache.onChanged(listener),
    environment: (id) => {
      const row = cache.state.environment(id);
      return row === undefined ? undefined : environmentOf(row);
    },
    ...projectMethods(options),
    ...environmentMethods(options, environmentOf),
    ...principalMethods(options),
    ...keyMethods(options, keyOf),
  };
}
