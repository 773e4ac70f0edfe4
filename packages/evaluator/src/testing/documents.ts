// Shorthands for documents in tests.
import type { Expression, Flag, JsonValue, Overlay, Segment, Serve } from '@org/contract/model';
import type { DocumentId, DocumentLookup, EvaluatedDocument } from '../types.ts';
import { referencesOf } from '../references.ts';

export const on: Serve = { variant: 'on' };
export const off: Serve = { variant: 'off' };

/** A boolean flag, on by default. */
export function flag(key: string, fields: Partial<Flag> = {}, revision = 1): EvaluatedDocument {
  const document: Flag = {
    type: 'boolean',
    enabled: true,
    variants: { on: true, off: false },
    offVariant: 'off',
    default: on,
    ...fields,
  };
  return { kind: 'flag', key, revision, document };
}

export function segment(
  key: string,
  when: Expression,
  fields: Partial<Segment> = {},
  revision = 1,
): EvaluatedDocument {
  return { kind: 'segment', key, revision, document: { when, ...fields } };
}

/** A live overlay for all units. */
export function overlay(
  key: string,
  target: string,
  fields: Partial<Overlay> = {},
  revision = 1,
): EvaluatedDocument {
  const document: Overlay = {
    target: { kind: 'flag', key: target },
    patch: { serve: on },
    ranges: [{ from: 0, to: 100_000 }],
    mode: 'live',
    ...fields,
  };
  return { kind: 'overlay', key, revision, document };
}

export function equals(attribute: string, value: JsonValue): Expression {
  return { op: 'equals', attribute, value };
}

/** A rule that serves `on` to whom the condition fits. */
export function ruleWhen(when: Expression, serve: Serve = on, id = 'r') {
  return { id, when, serve };
}

export function inSegment(key: string): Expression {
  return { op: 'segment', key };
}

/** A lookup over documents, as a core would keep one. */
export function lookupOf(documents: readonly EvaluatedDocument[]): DocumentLookup {
  const find = (kind: string, key: string) =>
    documents.find((entry) => entry.kind === kind && entry.key === key);
  return {
    get: (kind, key) => find(kind, key)?.document,
    dependants: (kind, key) =>
      documents
        .filter((entry) => refersTo(entry, { kind, key }))
        .map((entry) => ({ kind: entry.kind, key: entry.key })),
  };
}

function refersTo({ kind, document }: EvaluatedDocument, id: DocumentId): boolean {
  return referencesOf(kind, document).some((found) => found.kind === id.kind && found.key === id.key);
}
