// What has to happen so that an environment holds what a source holds: reads memory only, changes nothing.
import type { JsonObject } from '@org/contract/model';
import { authoredPart, type FileDocument, type FileKind } from '@org/files';
import { canonicalJson, contentHash } from '@org/sync';
import type { DocumentSource, HeldDocument } from '../domain/environment/document-set.ts';
import type { OwnedDocument } from '../store/source-store.ts';
import type { SourceSettings } from './source.ts';

/** A document that was changed elsewhere and not in its file. */
export interface WriteBack {
  readonly kind: FileKind;
  readonly key: string;
  readonly file: string;
  /** Undefined: it was removed. */
  readonly document: JsonObject | undefined;
}

export interface SyncPlan {
  readonly upserts: readonly FileDocument[];
  /** Documents that are no longer in the source. */
  readonly removals: readonly OwnedDocument[];
  readonly writeBacks: readonly WriteBack[];
  /** What belongs to the source when the plan was carried out, as far as it is not noted yet. */
  readonly owned: readonly OwnedDocument[];
  readonly disowned: readonly OwnedDocument[];
}

const hashes = new WeakMap<object, string>();

/** The hash of what authors say. Documents in memory are never changed, so that it is worked out once. */
function authoredHash(kind: string, holder: HeldDocument | FileDocument): string {
  const known = hashes.get(holder);
  if (known !== undefined) return known;
  const hash = contentHash(canonicalJson(authoredPart(kind, holder.document)));
  hashes.set(holder, hash);
  return hash;
}

/** Compares files, what was synced last, and what is live. */
export function planSync(
  settings: SourceSettings,
  files: readonly FileDocument[],
  known: ReadonlyMap<string, OwnedDocument>,
  live: DocumentSource,
): SyncPlan {
  const upserts: FileDocument[] = [];
  const writeBacks: WriteBack[] = [];
  const owned: OwnedDocument[] = [];
  const present = new Set<string>();
  for (const each of files) {
    const { kind, key, file } = each;
    const id = `${kind}/${key}`;
    present.add(id);
    const hash = authoredHash(kind, each);
    const held = live.held(kind, key);
    const before = known.get(id);
    const isSame = held !== undefined && authoredHash(kind, held) === hash;
    if (!isSame && settings.edits === 'write_back' && before?.hash === hash) {
      writeBacks.push({ kind, key, file, document: held?.document });
      continue;
    }
    if (!isSame) upserts.push(each);
    const { name: source, edits } = settings;
    if (before?.hash !== hash || before.file !== file || before.edits !== edits)
      owned.push({ kind, key, source, edits, hash, file });
  }
  const gone = [...known.values()].filter(({ kind, key }) => !present.has(`${kind}/${key}`));
  const removals = settings.prune ? gone.filter(({ kind, key }) => live.held(kind, key) !== undefined) : [];
  return { upserts, removals, writeBacks, owned, disowned: gone };
}
