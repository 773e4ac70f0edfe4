// Documents that come from a source are changed there: what else would change them is refused, unless the source writes such
// changes back. Kills, and what the server itself notes in documents, are no such changes.
import type { Violation } from '@org/contract';
import type { JsonObject } from '@org/contract/model';
import { authoredPart } from '@org/files';
import { canonicalJson } from '@org/sync';
import { readOwners } from '../../store/source-store.ts';
import type { SqlSession } from '../../store/sql-driver.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import type { ProposedChange } from './proposed-change.ts';

/** Findings for changes by anybody but the source itself. */
export async function checkOwned(
  session: SqlSession,
  environmentId: string,
  source: string | undefined,
  changes: readonly ProposedChange[],
  before: DocumentSource,
): Promise<readonly Violation[]> {
  const owners = await readOwners(session, environmentId, changes);
  const foreign = new Map(
    owners
      .filter((owned) => owned.source !== source && (owned.edits === 'refuse' || source !== undefined))
      .map((owned) => [`${owned.kind}/${owned.key}`, owned]),
  );
  return changes.flatMap((change) => {
    const owned = foreign.get(`${change.kind}/${change.key}`);
    if (owned === undefined || isSameForAuthors(change, before)) return [];
    const message = `The ${change.kind} comes from the source "${owned.source}" (${owned.file}): change it there.`;
    return [{ field: change.field, rule: 'source_owned', message }];
  });
}

function isSameForAuthors({ kind, key, json }: ProposedChange, before: DocumentSource): boolean {
  const held = before.held(kind, key);
  if (held === undefined || json === undefined) return false;
  const text = (document: JsonObject): string => canonicalJson(authoredPart(kind, document));
  return text(held.document) === text(JSON.parse(json) as JsonObject);
}
