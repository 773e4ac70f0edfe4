// Converters of other systems' definitions into ours. Pure: a definition in, documents and findings out; never throws.
export type { ImportedDocument, ImportFinding, ImportResult } from './result.ts';
export { importFlagd, type FlagdImportOptions } from './flagd/import-flagd.ts';
