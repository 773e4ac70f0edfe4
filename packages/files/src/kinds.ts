// How files name the kinds of documents, and what of a document no file says: the state that only the server writes.
import type { DocumentKind, JsonObject, JsonValue } from '@org/contract/model';

/** Names of the kinds in files, in the order in which they are written. Members of lists lie elsewhere. */
export const pluralOf = {
  flag: 'flags',
  segment: 'segments',
  config: 'configs',
  overlay: 'overlays',
  metric: 'metrics',
  holdout: 'holdouts',
  experiment: 'experiments',
  rollout: 'rollouts',
  breaker: 'breakers',
  alert: 'alerts',
  evolution: 'evolutions',
  schedule: 'schedules',
} as const satisfies Partial<Record<DocumentKind, string>>;

/** A kind that files can hold. */
export type FileKind = keyof typeof pluralOf;

/** The kind that a plural names. */
export const kindOfPlural: ReadonlyMap<string, FileKind> = new Map(
  Object.entries(pluralOf).map(([kind, plural]) => [plural, kind as FileKind]),
);

/** Overlays by which the server applies what runs. */
const ofServer = /^(experiment|rollout|evolution|breaker):/;

/** Whether a file may hold the document. */
export const isFileDocument = (kind: string, key: string): kind is FileKind =>
  Object.hasOwn(pluralOf, kind) && !(kind === 'overlay' && ofServer.test(key));

const serverMembers: Partial<Record<string, readonly string[]>> = {
  flag: ['killed'],
  schedule: ['lastRun'],
  experiment: ['life'],
  rollout: ['life'],
  breaker: ['life'],
  evolution: ['life'],
};

/** The document without what only the server writes: two that agree in it say the same to whoever authors them. */
export function authoredPart(kind: string, document: JsonObject): JsonObject {
  const left = serverMembers[kind]?.filter((name) => Object.hasOwn(document, name)) ?? [];
  if (left.length === 0) return document;
  return Object.fromEntries(
    Object.entries(document).filter((entry): entry is [string, JsonValue] => !left.includes(entry[0])),
  );
}
