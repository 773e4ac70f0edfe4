// Who uses a document, directly and through others. Works on the documents as they are or would be after a change; costs as
// much as what is found, and the schedules.
import type { DocumentId } from '@org/evaluator';
import type { Usage } from '@org/contract/gen/flags/v1/admin_service';
import { documentIdText, type DocumentSource } from '../environment/document-set.ts';
import { placesOf, type Reference } from './references.ts';

/** More are not looked for. */
export const usagesMax = 1_000;
const placesMax = 20;

/** Who uses it at all: direct ones first, each group by kind and key. */
export function usagesOf(source: DocumentSource, id: DocumentId): readonly Usage[] {
  const direct = directUsages(source, id);
  const seen = new Set([documentIdText(id.kind, id.key), ...direct.map(nameOf)]);
  const indirect: Usage[] = [];
  const open: DocumentId[] = [...direct];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    for (const above of usersOf(source, next)) {
      if (seen.has(nameOf(above)) || seen.size > usagesMax) continue;
      seen.add(nameOf(above));
      indirect.push({ kind: above.kind, key: above.key, places: [], indirect: true, blocksDeletion: false });
      open.push(above);
    }
  }
  return [...direct, ...sorted(indirect)];
}

/** Who names it. */
export function directUsages(source: DocumentSource, id: DocumentId): readonly Usage[] {
  const users: Usage[] = [];
  for (const user of [...source.dependants(id.kind, id.key), ...source.ofKind('schedule')]) {
    const held = source.held(user.kind, user.key);
    if (held === undefined) continue;
    const references = placesOf(user.kind, held.document).filter(
      ({ kind, key }) => kind === id.kind && key === id.key,
    );
    // A schedule is looked at in case; who depends on it uses it, in logic perhaps, whose places are not told.
    if (references.length === 0 && user.kind === 'schedule') continue;
    users.push({
      kind: user.kind,
      key: user.key,
      places: references.slice(0, placesMax).map(({ place }) => place),
      indirect: false,
      blocksDeletion: references.length === 0 || references.some((reference) => needs(id.kind, reference)),
    });
  }
  return sorted(users);
}

/** What a schedule writes whole it does not need; but it would bring a removed flag back, which nobody expects. */
const needs = (kind: string, { isTarget }: Reference): boolean =>
  isTarget !== true || kind === 'flag' || kind === 'segment';

/** What depends on a user: those who name it, and the flag that an overlay is for. */
function* usersOf(source: DocumentSource, user: DocumentId): Iterable<DocumentId> {
  if (user.kind === 'schedule') return;
  yield* source.dependants(user.kind, user.key);
  const document = source.held(user.kind, user.key)?.document;
  if (user.kind !== 'overlay' || document === undefined) return;
  for (const { kind, key, place } of placesOf('overlay', document))
    if (place === 'target') yield { kind, key };
}

const nameOf = ({ kind, key }: DocumentId): string => documentIdText(kind, key);

const sorted = (usages: readonly Usage[]): readonly Usage[] =>
  usages.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
