// Checks documents of files without a server: shape, meaning, references and configs, as a commit would, each finding with
// its place. What needs the live environment (types of other environments, what runs) is for a dry run to find.
import type { JsonObject } from '@org/contract/model';
import { checkKey, checkSchema } from '@org/contract/schema';
import {
  checkDocument,
  checkReferences,
  referencesOf,
  type DocumentId,
  type DocumentLookup,
  type DocumentProblem,
} from '@org/evaluator';
import { asFlagOverlay, checkConfigs } from '@org/evaluator/config';
import { jsonLogic } from '@org/evaluator/logic';
import type { FileProblem } from './file-problem.ts';
import { problemAt, type FileDocument } from './read-documents.ts';

export interface CheckDocumentsOptions {
  /** The files are a part of the environment: what they refer to may be elsewhere. */
  readonly isPartial?: boolean;
}

/** Every finding; none: the documents are sound by themselves and together. */
export function checkDocuments(
  documents: readonly FileDocument[],
  { isPartial = false }: CheckDocumentsOptions = {},
): readonly FileProblem[] {
  const alone = documents.flatMap(checkAlone);
  const unsound = new Set(alone.map(({ kind, key }) => idOf(kind ?? '', key ?? '')));
  const byId = new Map(documents.map((each) => [idOf(each.kind, each.key), each]));
  const together = checkTogether(documents)
    .filter(({ kind, key }) => !unsound.has(idOf(kind, key)))
    .filter(({ rule }) => !isPartial || !/^unknown_(flag|segment|list|config)$/.test(rule))
    // Members of lists are never in files.
    .filter(({ rule }) => rule !== 'unknown_list')
    .flatMap(({ kind, key, path, rule, message }) => {
      const document = byId.get(idOf(kind, key));
      return document === undefined ? [] : [problemAt(document, path, rule, message)];
    });
  return [...alone, ...together];
}

const idOf = (kind: string, key: string): string => `${kind}/${key}`;

function checkAlone(each: FileDocument): readonly FileProblem[] {
  const { kind, key, document } = each;
  const shape = [...checkKey(key, ''), ...checkSchema(kind, document)];
  if (shape.length > 0) return shape.map(({ field, rule, message }) => problemAt(each, field, rule, message));
  // A config means something together with those it extends.
  if (kind === 'config') return [];
  const meant = kind === 'overlay' ? asFlagOverlay(document) : document;
  return checkDocument(kind, key, meant, { logic: jsonLogic }).map(({ path, rule, message }) =>
    problemAt(each, path, rule, message),
  );
}

function checkTogether(documents: readonly FileDocument[]): readonly DocumentProblem[] {
  const lookup = lookupOf(documents);
  return [
    ...checkReferences(lookup, documents, { logic: jsonLogic }),
    ...checkConfigs(lookup, documents, { logic: jsonLogic }),
  ];
}

function lookupOf(documents: readonly FileDocument[]): DocumentLookup {
  const held = new Map<string, JsonObject>();
  const dependants = new Map<string, DocumentId[]>();
  for (const { kind, key, document } of documents) {
    held.set(idOf(kind, key), document);
    for (const reference of referencesOf(kind, document)) {
      const target = idOf(reference.kind, reference.key);
      dependants.set(target, [...(dependants.get(target) ?? []), { kind, key }]);
    }
  }
  return {
    get: (kind, key) => held.get(idOf(kind, key)),
    dependants: (kind, key) => dependants.get(idOf(kind, key)) ?? [],
  };
}
