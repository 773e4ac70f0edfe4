// The documents of a source's files. Every file has one form: plural kinds, keys, documents. All findings at once; whoever
// gets any must change nothing.
import type { JsonObject, JsonValue } from '@org/contract/model';
import { fileLimits, type FileProblem, type Place, type SourceFile } from './file-problem.ts';
import { kindOfPlural, pluralOf, isFileDocument, type FileKind } from './kinds.ts';
import { readText, type TextProblem } from './read-text.ts';
import { stepsOf } from './field-path.ts';

/** A document and where it stands. */
export interface FileDocument {
  readonly kind: FileKind;
  readonly key: string;
  readonly document: JsonObject;
  readonly file: string;
  /** The place of a path in it, as findings write paths. */
  place(path: string): Place;
}

/** What files hold. */
export interface ReadDocuments {
  readonly documents: readonly FileDocument[];
  readonly problems: readonly FileProblem[];
}

/** Reads one file. */
export function readDocumentFile({ path: file, text }: SourceFile): ReadDocuments {
  const read = readText(text, file.toLowerCase().endsWith('.json'));
  const problems: FileProblem[] = read.problems.map((problem) => ({ file, ...problem }));
  if (problems.length > 0) return { documents: [], problems };
  const report = (steps: readonly string[], rule: string, message: string): void => {
    // To look for a place takes time; findings after these are not worth it.
    if (problems.length >= fileLimits.problemsMax) return;
    problems.push({ file, ...read.place(steps), rule, message });
  };
  const documents: FileDocument[] = [];
  const { value } = read;
  if (value === null || value === undefined) {
    // A file that is being written is empty for a moment.
    const empty: TextProblem = {
      line: 1,
      column: 1,
      rule: 'empty',
      message: 'The file is empty. Remove it if that is meant.',
    };
    return { documents, problems: [{ file, ...empty }] };
  }
  if (!isObject(value))
    report([], 'type', 'Kinds with their documents are expected: "flags:", "segments:", ….');
  for (const [plural, entries] of isObject(value) ? Object.entries(value) : []) {
    const kind = kindOfPlural.get(plural);
    if (kind === undefined)
      report([plural], 'unknown_kind', `There are no "${plural.slice(0, 100)}" (${kinds}).`);
    else if (!isObject(entries)) report([plural], 'type', 'Keys with their documents are expected.');
    else
      for (const [key, document] of Object.entries(entries)) {
        if (!isObject(document)) report([plural, key], 'type', 'A document (an object) is expected.');
        else if (!isFileDocument(kind, key))
          report([plural, key], 'reserved', 'Only the server writes overlays of this name.');
        else
          documents.push({
            kind,
            key,
            document,
            file,
            place: (path) => read.place([plural, key, ...stepsOf(path)]),
          });
      }
  }
  return { documents, problems };
}

const kinds = Object.values(pluralOf).join(', ');

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts files together: a document stands in one of them. */
export function joinDocuments(files: readonly ReadDocuments[]): ReadDocuments {
  const problems = files.flatMap((file) => file.problems);
  const documents = new Map<string, FileDocument>();
  for (const document of files.flatMap((file) => file.documents)) {
    const id = `${document.kind}/${document.key}`;
    const first = documents.get(id);
    if (first === undefined) documents.set(id, document);
    else {
      const { line } = first.place('');
      const message = `The ${document.kind} "${document.key}" stands in ${first.file}, line ${line}, too.`;
      problems.push(problemAt(document, '', 'duplicate_document', message));
    }
  }
  return { documents: [...documents.values()], problems: problems.slice(0, fileLimits.problemsMax) };
}

/** A finding about a place of a document. */
export const problemAt = (
  document: FileDocument,
  path: string,
  rule: string,
  message: string,
): FileProblem => ({
  file: document.file,
  ...document.place(path),
  ...{ rule, message, kind: document.kind, key: document.key, path },
});

/** Reads all files of a source. */
export const readDocuments = (files: readonly SourceFile[]): ReadDocuments =>
  joinDocuments(files.map(readDocumentFile));
