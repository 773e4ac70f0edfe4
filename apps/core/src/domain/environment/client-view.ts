// Which documents browsers get, and their text. Costs as much as the documents looked at, never the environment.
import { createHash } from 'node:crypto';
import { referencesOf, type DocumentId } from '@org/evaluator';
import { canonicalJson } from '@org/sync';
import { clientDocument } from './client-document.ts';
import { documentIdText, type DocumentSource } from './document-set.ts';

/** The first 16 hexadecimal digits of SHA-256 over `salt:literal` (docs/spec/wire.md). */
export const saltedHash = (salt: string, literal: string): string =>
  createHash('sha256').update(`${salt}:${literal}`).digest('hex').slice(0, 16);

/** Canonical JSON of the client's form of a document; undefined when browsers do not get it. */
export function clientJson(source: DocumentSource, id: DocumentId, salt: string): string | undefined {
  const held = source.held(id.kind, id.key);
  if (held === undefined || !isClientVisible(source, id, new Set())) return undefined;
  return canonicalJson(clientDocument(id.kind, held.document, salt, (literal) => saltedHash(salt, literal)));
}

function isClientVisible(source: DocumentSource, id: DocumentId, visited: Set<string>): boolean {
  const held = source.held(id.kind, id.key);
  if (held === undefined) return false;
  if (id.kind === 'flag' || id.kind === 'config') return held.document['clientVisible'] === true;
  if (id.kind === 'overlay')
    return referencesOf('overlay', held.document).some((target) => isEvaluatedByClients(source, target));
  if (id.kind !== 'segment' || visited.has(id.key)) return false;
  visited.add(id.key);
  for (const dependant of source.dependants('segment', id.key)) {
    if (
      dependant.kind === 'flag' || dependant.kind === 'config'
        ? isEvaluatedByClients(source, dependant)
        : isClientVisible(source, dependant, visited)
    ) {
      return true;
    }
  }
  return false;
}

/** Browsers get the flag with its rules. */
function isEvaluatedByClients(source: DocumentSource, id: DocumentId): boolean {
  if (id.kind !== 'flag' && id.kind !== 'config') return false;
  const flag = source.held(id.kind, id.key)?.document;
  return flag?.['clientVisible'] === true && flag['remoteEvaluation'] !== true;
}

/**
 * The documents whose place or form in the client view a change may alter: the changed ones, overlays of changed flags,
 * and segments that any of these use or used, nested ones included.
 */
export function clientCandidates(
  before: DocumentSource,
  after: DocumentSource,
  changed: readonly DocumentId[],
): readonly DocumentId[] {
  const found = new Map<string, DocumentId>();
  const open = [...changed];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const text = documentIdText(next.kind, next.key);
    if (found.has(text)) continue;
    found.set(text, { kind: next.kind, key: next.key });
    for (const source of [before, after]) open.push(...below(source, next));
  }
  return [...found.values()];
}

function* below(source: DocumentSource, id: DocumentId): Iterable<DocumentId> {
  const held = source.held(id.kind, id.key);
  if (held !== undefined) {
    for (const reference of referencesOf(id.kind, held.document))
      if (reference.kind === 'segment') yield reference;
  }
  if (id.kind !== 'flag' && id.kind !== 'config') return;
  for (const dependant of source.dependants(id.kind, id.key))
    if (dependant.kind === 'overlay') yield dependant;
}
