// Documents in files: reading them with the place of everything, checking them without a server, writing them. Pure.
export { checkDocuments, type CheckDocumentsOptions } from './check-documents.ts';
export { stepsOf } from './field-path.ts';
export { fileLimits, isDocumentFile, type FileProblem, type Place, type SourceFile } from './file-problem.ts';
export { authoredPart, isFileDocument, kindOfPlural, pluralOf, type FileKind } from './kinds.ts';
export {
  joinDocuments,
  problemAt,
  readDocumentFile,
  readDocuments,
  type FileDocument,
  type ReadDocuments,
} from './read-documents.ts';
export { readText, type ReadText } from './read-text.ts';
export { documentsText, editedText, type NamedDocument } from './write-documents.ts';
