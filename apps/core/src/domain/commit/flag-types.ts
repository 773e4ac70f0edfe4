// One type per flag key in all environments of a project (design: environments are promoted by copying documents).
import type { Violation } from '@org/contract';
import { findOtherFlagTypes, lockProjectOf } from '../../store/commit-store.ts';
import type { SqlDialectName, SqlTransaction } from '../../store/sql-driver.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import type { ProposedChange } from './proposed-change.ts';

/** Findings about flags that are new here, or change their type, and have another type elsewhere in the project. */
export async function checkFlagTypes(
  transaction: SqlTransaction,
  dialect: SqlDialectName,
  environmentId: string,
  documents: { readonly before: DocumentSource; readonly after: DocumentSource },
  changes: readonly ProposedChange[],
): Promise<readonly Violation[]> {
  const types = new Map<string, string>();
  for (const { kind, key } of changes) {
    const type = kind === 'flag' ? flagTypeOf(documents.after, key) : undefined;
    if (type !== undefined && type !== flagTypeOf(documents.before, key)) types.set(key, type);
  }
  if (types.size === 0) return [];
  // Two environments that take up the same key at once would not see each other without this lock.
  await lockProjectOf(transaction, dialect, environmentId);
  const others = await findOtherFlagTypes(transaction, environmentId, types);
  return changes.flatMap(({ kind, key, field }) => {
    const other = kind === 'flag' ? others.get(key) : undefined;
    if (other === undefined) return [];
    const message = `The flag is of type ${other.type} in the environment "${other.environmentKey}" of this project.`;
    return [{ field: `${field}.document.type`, rule: 'one_type_per_project', message }];
  });
}

/** The type of a flag, as text. */
export function flagTypeOf(documents: DocumentSource, key: string): string | undefined {
  const type = documents.held('flag', key)?.document['type'];
  return typeof type === 'string' ? type : undefined;
}
