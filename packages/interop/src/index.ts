// Converters between other systems' definitions and ours. Pure; never throw.
export type { ImportedDocument, ImportFinding, ImportResult } from './result.ts';
export { importFlagd, type FlagdImportOptions } from './flagd/import-flagd.ts';
export {
  exportFlagd,
  type ExportedDocument,
  type FlagdDefinition,
  type FlagdExport,
  type FlagdExportOptions,
  type FlagdLeftOut,
} from './flagd/export/export-flagd.ts';
