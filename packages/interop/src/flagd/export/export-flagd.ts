// Exports documents as a flagd flag definition (https://flagd.dev/schema/v0/flags.json) that answers as we do: rules become
// targeting, segments `$evaluators`, splits `fractional`. A flag that flagd cannot express is left out whole, and named.
import type { Flag, JsonObject, JsonValue, Overlay, Segment } from '@org/contract/model';
import { isRecord } from '../json-logic.ts';
import { exportFlag, type FlagdFlag } from './flag.ts';
import type { Documents, ExportScope } from './scope.ts';
import { exportSegment } from './segments.ts';

/** A document of an environment. Parsed JSON; it need not be right. */
export interface ExportedDocument {
  readonly kind: string;
  readonly key: string;
  readonly document: unknown;
}

/** How to export. */
export interface FlagdExportOptions {
  /** The name of the flag set: becomes `metadata.flagSetId`. */
  readonly flagSetId?: string;
}

/** A flagd flag definition. */
export interface FlagdDefinition {
  readonly $schema: string;
  readonly flags: { readonly [key: string]: FlagdFlag };
  readonly $evaluators?: { readonly [name: string]: JsonValue };
  readonly metadata?: JsonObject;
}

/** A flag that is not in the definition, and the first reason for it, as a clause. */
export interface FlagdLeftOut {
  readonly flag: string;
  readonly why: string;
}

/** The outcome of an export. */
export interface FlagdExport {
  readonly definition: FlagdDefinition;
  /** To be evaluated remotely; also named in the definition's metadata, as `leftOut`. */
  readonly left: readonly FlagdLeftOut[];
}

/** Turns flags, segments and overlays into a definition; other kinds are passed over. Never throws. */
export function exportFlagd(
  documents: Iterable<ExportedDocument>,
  { flagSetId }: FlagdExportOptions = {},
): FlagdExport {
  const all = indexDocuments(documents);
  const references = new Set<string>();
  const flags: (readonly [string, FlagdFlag])[] = [];
  const left: FlagdLeftOut[] = [];
  for (const [key, flag] of all.flags) {
    const scope = openScope(all, `flag ${key}`, new Set());
    const exported = attempt(() => exportFlag(key, flag, scope));
    if (exported === undefined) left.push({ flag: key, why: scope.reasons[0] ?? 'it cannot be read' });
    else {
      flags.push([key, exported]);
      scope.references?.forEach((name) => references.add(name));
    }
  }
  const evaluators = [...references].map((key) => [key, exportShared(key, all)] as const);
  const metadata = {
    ...(flagSetId === undefined ? {} : { flagSetId }),
    ...(left.length === 0 ? {} : { leftOut: left.map(({ flag }) => flag).join(', ') }),
  };
  return {
    definition: {
      $schema: 'https://flagd.dev/schema/v0/flags.json',
      // Made of entries, so that a flag named __proto__ is a flag.
      flags: Object.fromEntries(flags),
      ...(evaluators.length > 0 ? { $evaluators: Object.fromEntries(evaluators) } : {}),
      ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    },
    left,
  };
}

function indexDocuments(documents: Iterable<ExportedDocument>): Documents {
  const flags = new Map<string, Flag>();
  const segments = new Map<string, Segment>();
  const overlays = new Map<string, (readonly [string, Overlay])[]>();
  for (const { kind, key, document } of documents) {
    if (!isRecord(document)) continue;
    if (kind === 'flag') flags.set(key, document as unknown as Flag);
    if (kind === 'segment') segments.set(key, document as unknown as Segment);
    if (kind !== 'overlay') continue;
    const overlay = document as unknown as Overlay;
    const target =
      isRecord(overlay.target) && overlay.target.kind === 'flag' ? overlay.target.key : undefined;
    if (overlay.mode === 'live' && target !== undefined)
      overlays.set(target, [...(overlays.get(target) ?? []), [key, overlay] as const]);
  }
  for (const list of overlays.values()) list.sort(([a], [b]) => (a < b ? -1 : 1));
  return { flags, segments, overlays };
}

const openScope = (documents: Documents, name: string, references: Set<string> | undefined): ExportScope => ({
  documents,
  references,
  reasons: [],
  open: new Set([name]),
  size: { nodes: 0 },
});

/** A segment as a shared evaluator. It has been exported before: by the flag that refers to it. */
function exportShared(key: string, documents: Documents): JsonValue {
  const segment = documents.segments.get(key);
  const scope = openScope(documents, `segment ${key}`, undefined);
  return (segment && attempt(() => exportSegment(segment, scope))) ?? false;
}

/** Documents are not trusted; one that has another shape than its kind is left out, and nothing else. */
function attempt<T>(work: () => T | undefined): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
