// Which flags and configs may answer differently after a change: those that changed, and those that refer to what changed. Sits
// between the replica and the evaluator, where documents are parsed already.
import { referencesOf, type Evaluator } from '@org/evaluator';
import { configFlagKey, type ConfigEvaluator } from '@org/evaluator/config';
import type { ParsedDocument, ReplicaEvaluator, SyncDocumentRef } from '@org/sync';

const idOf = ({ kind, key }: SyncDocumentRef): string => `${kind}/${key}`;
const flagPrefix = 'flag/';
const configPrefix = 'config/';

/** A config is called by the flag in its place. */
const flagKeyOf = (id: string): readonly string[] => {
  if (id.startsWith(configPrefix)) return [configFlagKey(id.slice(configPrefix.length))];
  return id.startsWith(flagPrefix) ? [id.slice(flagPrefix.length)] : [];
};

/** An evaluator that tells `onChange` the keys of the flags each load or apply touched. */
export const trackChangedFlags = (
  evaluator: Evaluator & Partial<Pick<ConfigEvaluator, 'configKeys'>>,
  onChange: (flagKeys: () => readonly string[]) => void,
): ReplicaEvaluator => {
  /** What each document refers to, by ids; only of those that refer to anything. */
  let references = new Map<string, readonly string[]>();

  const allKeys = (): readonly string[] => [
    ...evaluator.flagKeys(),
    ...(evaluator.configKeys?.() ?? []).map(configFlagKey),
  ];

  const note = (documents: readonly ParsedDocument[], into: Map<string, readonly string[]>): void => {
    for (const document of documents) {
      // Overlays of one layer do not change each other's flags.
      const refs = referencesOf(document.kind, document.document).filter(({ kind }) => kind !== 'layer');
      const ids = refs.map(idOf);
      if (ids.length > 0) into.set(idOf(document), ids);
      else if (into.size > 0) into.delete(idOf(document));
    }
  };

  const overlayTargets = (changed: readonly SyncDocumentRef[]): readonly string[] =>
    changed.flatMap((ref) => (ref.kind === 'overlay' ? (references.get(idOf(ref)) ?? []) : []));

  /** Follows references backwards; an overlay also touches the flag it targets. */
  const touchedBy = (changed: ReadonlySet<string>): readonly string[] => {
    const touched = new Set(changed);
    for (let before = -1; before !== touched.size;) {
      before = touched.size;
      for (const [id, ids] of references) {
        if (!touched.has(id) && ids.some((target) => touched.has(target))) touched.add(id);
        if (touched.has(id) && id.startsWith('overlay/')) ids.forEach((target) => touched.add(target));
      }
    }
    return [...touched].flatMap(flagKeyOf);
  };

  return {
    load(documents, revision) {
      const all = [...documents];
      const next = new Map<string, readonly string[]>();
      note(all, next);
      const before = allKeys();
      const problems = evaluator.load(all, revision);
      references = next;
      onChange(() => [...new Set([...before, ...allKeys()])]);
      return problems;
    },
    apply(change) {
      const { upserts, deletes } = change;
      // With the references before and after: an overlay that is gone touched its target, too.
      const targets = references.size === 0 ? [] : overlayTargets([...upserts, ...deletes]);
      const problems = evaluator.apply(change);
      if (references.size > 0) for (const ref of deletes) references.delete(idOf(ref));
      note(upserts, references);
      onChange(() => touchedBy(new Set([...upserts.map(idOf), ...deletes.map(idOf), ...targets])));
      return problems;
    },
  };
};
